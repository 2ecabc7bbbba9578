"""``theodolite winrate``: win rates against a baseline, with length held fixed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from theodolite.cli.groups import Group
from theodolite.cli.judging_options import JudgeChoice
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scoring.winrate import CategoryRates, PublishedWinRates, WinRates
    from theodolite.tables import Preferences

    Difficulty = pl.DataFrame | Literal["estimated", "none"] | None

__all__ = ["ControlOptions", "PreferenceSource", "winrate"]

READING = "Reading the judgments"
CONTROLLING = "Holding fixed"
ADDING = "Adding a model"
NONE = "none"
WORDS = ("estimated", NONE)


class Estimator(StrEnum):
    """How a rate is made."""

    ALIGNED = "aligned"
    PUBLISHED = "published"


class Join(StrEnum):
    """How the published recipe finds the difficulty of an instruction."""

    POSITION = "position"
    ITEM = "item"


@dataclass(frozen=True)
class _Files(Group):
    """The files."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="ANNOTATIONS...",
            help="Files of judged answers: AlpacaEval's annotations.json, or CSV, JSONL and "
            "Parquet with model, baseline, item_id and preference (1 to 2).",
            show_default=False,
        ),
    ]


@dataclass(frozen=True)
class PreferenceSource(JudgeChoice, _Files):
    """Where preferences come from, and which of them."""

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the judgments where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None

    def load(self) -> Preferences:
        """Read, filter and count what the filters took."""
        from theodolite.loading import load_preferences
        from theodolite.tables import Condition, select

        conditions = [Condition.parse(text) for text in self.where or []]
        preferences = select(load_preferences(self.paths), conditions)
        return self.of(preferences, ("model", "baseline"))


@dataclass(frozen=True)
class ControlOptions(Group):
    """What is held fixed, and how."""

    estimator: Annotated[
        Estimator,
        typer.Option(
            help="aligned: joined by instruction, with intervals; published: AlpacaEval's own "
            "recipe, which needs --difficulty FILE and --gamed FILE.",
            rich_help_panel=CONTROLLING,
        ),
    ] = Estimator.ALIGNED
    join: Annotated[
        Join,
        typer.Option(
            help="With published: difficulties by the row in a model's file, as published, or by "
            "instruction.",
            rich_help_panel=CONTROLLING,
        ),
    ] = Join.POSITION
    covariates: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="What is held fixed: length, and any NAME with the columns NAME_output and "
            "NAME_baseline, or NAME, a difference; none for nothing.",
            rich_help_panel=CONTROLLING,
        ),
    ] = "length"
    difficulty: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The instructions' difficulty: item_id and instruction_difficulty; or estimated "
            "(from all models together), or none. By default it is estimated where there are five "
            "models.",
            rich_help_panel=CONTROLLING,
            show_default=False,
        ),
    ] = None
    gamed: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="AlpacaEval's gamed rows, a prior on the slopes: std_delta_len, "
            "instruction_difficulty and pseudo_preference.",
            rich_help_panel=CONTROLLING,
            show_default=False,
        ),
    ] = None
    joint: Annotated[
        bool,
        typer.Option(
            "--joint",
            help="Fit all models in one likelihood too, and show how the rates differ.",
            rich_help_panel=CONTROLLING,
        ),
    ] = False
    save_fit: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep the joint fit as JSON, so that later models can be added to it.",
            rich_help_panel=ADDING,
            show_default=False,
        ),
    ] = None
    fit: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Score new models against a saved fit: its models do not move.",
            rich_help_panel=ADDING,
            show_default=False,
        ),
    ] = None
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Rates by category of the instructions too, and where a model stands out.",
            rich_help_panel=CONTROLLING,
            show_default=False,
        ),
    ] = None

    @property
    def names(self) -> tuple[str, ...]:
        """The covariates."""
        if self.covariates.strip() == NONE:
            return ()
        return tuple(part.strip() for part in self.covariates.split(","))


@dataclass(frozen=True)
class _Answer:
    rates: WinRates
    by: CategoryRates | None


def winrate(
    source: PreferenceSource, control: ControlOptions, inference: Inference, output: Output
) -> None:
    """Show win rates against a baseline, as they are and with the answers' length held fixed."""
    if control.fit is not None and control.changed("fit"):
        given = ", ".join(control.changed("fit"))
        raise UsageError(f"--fit FILE already says what is held fixed: leave out {given}")
    if control.estimator is Estimator.PUBLISHED:
        _published(source, control, output)
        return
    if control.changed("join") != control.changed():
        raise UsageError("--join goes with --estimator published")
    with working("Reading judgments"):
        preferences = source.load()
        gamed = _gamed(control)
        difficulty = _difficulty(control)
    with working(f"Fitting {len(preferences.models)} models"):
        found = _fitted(preferences, control, inference, difficulty, gamed)
    if control.save_fit is not None:
        _save(found.rates, control.save_fit)
    data = found.rates.to_dict()
    data["categories"] = None if found.by is None else found.by.to_dict()
    page, chart = partial(_page, found), partial(_chart, found.rates)
    render(Outcome(data, page=page, chart=chart), output)


def _published(source: PreferenceSource, control: ControlOptions, output: Output) -> None:
    """Answer by the reference recipe."""
    from theodolite.scoring.winrate import published

    more = control.changed("estimator", "join", "difficulty", "gamed")
    if more:
        raise UsageError(f"--estimator published takes no {', '.join(more)}")
    if control.difficulty in WORDS:
        raise UsageError("--estimator published needs the difficulty from a file")
    with working("Reading judgments"):
        preferences = source.load()
        difficulty = _difficulty(control)
        gamed = _gamed(control)
    with working(f"Fitting {len(preferences.models)} models"):
        found = published(
            preferences,
            difficulty=None if isinstance(difficulty, str) else difficulty,
            gamed=gamed,
            join=control.join.value,
        )
    data = found.to_dict()
    # The recipe has no interval of the length-controlled rate.
    data["models"] = [row | {"low": None, "high": None} for row in data["models"]]
    data["estimator"] = "published"
    render(
        Outcome(data, page=partial(_published_page, found), chart=partial(_recipe_chart, found)),
        output,
    )


def _published_page(found: PublishedWinRates) -> Page:
    from theodolite.reporting import published_winrate_page

    return published_winrate_page(found)


def _recipe_chart(found: PublishedWinRates) -> Chart:
    from theodolite import plotting

    return plotting.published_win_rates(found)


def _fitted(
    preferences: Preferences,
    control: ControlOptions,
    inference: Inference,
    difficulty: Difficulty,
    gamed: pl.DataFrame | None,
) -> _Answer:
    from theodolite.scoring.winrate import add_models, aligned, rates_by_category

    if control.fit is not None:
        from theodolite.loading import load_winrate_fit

        saved = load_winrate_fit(control.fit)
        added = add_models(preferences, saved, level=inference.level, seed=inference.seed)
        return _Answer(added, None)
    rates = aligned(
        preferences,
        difficulty=difficulty,
        gamed=gamed,
        covariates=control.names,
        joint=control.joint or control.save_fit is not None,
        level=inference.level,
        seed=inference.seed,
    )
    if control.by is None:
        return _Answer(rates, None)
    return _Answer(rates, rates_by_category(preferences, rates, by=control.by, gamed=gamed))


def _save(rates: WinRates, path: Path) -> None:
    from theodolite.scoring.winrate import freeze

    if path.suffix.lower() != ".json":
        # So that no file of data is overwritten by a slip of the hand.
        raise UsageError(f"--save-fit {path} does not end in .json")
    text = json.dumps(freeze(rates).to_dict(), ensure_ascii=False, allow_nan=False)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _difficulty(control: ControlOptions) -> Difficulty:
    if control.difficulty is None:
        return None
    if control.difficulty == "estimated":
        return "estimated"
    if control.difficulty == NONE:
        return "none"
    from theodolite.loading import load_difficulty

    return load_difficulty(control.difficulty)


def _gamed(control: ControlOptions) -> pl.DataFrame | None:
    if control.gamed is None:
        return None
    if control.difficulty is None or control.difficulty in WORDS:
        raise UsageError("--gamed needs the difficulty from a file: --difficulty FILE")
    from theodolite.loading import load_gamed

    return load_gamed(control.gamed)


def _page(found: _Answer) -> Page:
    from theodolite.reporting import winrate_page

    return winrate_page(found.rates, by=found.by)


def _chart(rates: WinRates) -> Chart:
    from theodolite import plotting

    return plotting.win_rates(rates)
