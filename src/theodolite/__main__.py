"""``python -m theodolite`` is the command ``theodolite``."""

from theodolite.cli.main import run

if __name__ == "__main__":
    run()
