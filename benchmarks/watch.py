"""Start one process, wait for it and print what it took: ``seconds peak_bytes status over``.

``python -I -S watch.py LIMIT STDOUT STDERR COMMAND...``. It is a process of its own because a
child's peak starts at that of whoever starts it: nothing but the smallest interpreter may stand
between. ``ru_maxrss`` is the peak of the process or of its largest waited-for child, not a sum.
"""

import contextlib
import os
import signal
import sys
import time


def watch(limit: float, out: str, err: str, command: list[str]) -> str:
    """Run ``command`` with its outputs in files; kill it with its children after ``limit``."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [(os.POSIX_SPAWN_OPEN, n, path, flags, 0o644) for n, path in ((1, out), (2, err))]
    over = False
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=files, setpgroup=0)

    def kill(*_: object) -> None:
        nonlocal over
        over = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        _, status, usage = os.wait4(pid, 0)
    except BaseException:
        kill()
        raise
    seconds = time.perf_counter() - start
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return f"{seconds:.6f} {peak} {os.waitstatus_to_exitcode(status)} {int(over)}"


if __name__ == "__main__":
    print(watch(float(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]))
