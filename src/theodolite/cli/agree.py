"""``theodolite agree``: how far benchmarks agree with people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.judging_options import JudgeChoice
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError

if TYPE_CHECKING:
    from theodolite.cli.agree_sides import Reading
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scoring.agreement import Agreements, BasePrediction
    from theodolite.tables import Condition, Estimates, Models
    from theodolite.tables.estimates import Unit as UnitName

__all__ = ["AgreeOptions", "SideOptions", "agree"]

READING = "Reading the benchmark"
PEOPLE = "Reading people's ratings"
COMPARING = "Comparing"
# What --base takes of the options on sides.
PEOPLES = ("board", "style_control", "human_where", "human_by", "human_cluster")


class Unit(StrEnum):
    """What published numbers are."""

    SHARE = "share"
    PERCENT = "%"
    RATING = "rating"
    SCORE = "score"


class SureBy(StrEnum):
    """When the order of a pair is sure."""

    INTERVALS = "intervals"
    CONTRASTS = "contrasts"


@dataclass(frozen=True)
class _Sides(Group):
    """The two sides."""

    sides: Annotated[
        list[str],
        typer.Argument(
            metavar="BENCHMARK... HUMAN",
            help="One benchmark or several: files of item scores, judgments or published results, "
            "or a benchmark of the shipped facts, as MMLU. Last, people: a file of votes or "
            "ratings, or the word arena_facts.",
            show_default=False,
        ),
    ]


@dataclass(frozen=True)
class SideOptions(JudgeChoice, _Sides):
    """What is compared with what."""

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the benchmark's rows where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Compare each value of this column of the benchmark: a category, say.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    value: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="The column of published results to take, or of judged answers win_rate and "
            "length_controlled_win_rate; repeatable, to compare several.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    unit: Annotated[
        Unit | None,
        typer.Option(
            help="What published numbers are, where their column does not say.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Items that share this column's value depend on each other.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="The baseline of Arena-Hard files that do not name it.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    board: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BOARD",
            help="With arena_facts: overall, english or hard; repeatable, to compare several.",
            rich_help_panel=PEOPLE,
            show_default=False,
        ),
    ] = None
    style_control: Annotated[
        bool,
        typer.Option(
            "--style-control",
            help="With arena_facts: the ratings that hold style fixed.",
            rich_help_panel=PEOPLE,
        ),
    ] = False
    human_where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep people's votes or ratings where it holds; repeatable.",
            rich_help_panel=PEOPLE,
            show_default=False,
        ),
    ] = None
    human_by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Compare with each value of this column of votes or ratings.",
            rich_help_panel=PEOPLE,
            show_default=False,
        ),
    ] = None
    human_cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Votes that share this column's value depend on each other: voter, prompt_id.",
            rich_help_panel=PEOPLE,
            show_default=False,
        ),
    ] = None
    names: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Other names of models: the columns name and model. Else names are matched "
            "exactly or by the shipped aliases.",
            rich_help_panel=COMPARING,
            show_default=False,
        ),
    ] = None

    def words(self) -> tuple[list[str], str]:
        """Tell the benchmarks from people, who come last."""
        if len(self.sides) < 2:  # noqa: PLR2004
            raise UsageError(
                "agree takes a benchmark and people's ratings, as in: theodolite agree MMLU "
                "arena_facts"
            )
        return self.sides[:-1], self.sides[-1]

    def readings(self, inference: Inference) -> tuple[Reading, Reading]:
        """How each side is read."""
        from theodolite.cli.agree_sides import Reading

        unit: UnitName | None = None if self.unit is None else self.unit.value
        benchmark = Reading(
            conditions=_conditions(self.where),
            by=self.by,
            values=tuple(self.value or ()),
            unit=unit,
            cluster=self.cluster,
            judge=self.judge,
            self_judged=self.self_judged.value,
            baseline=self.baseline,
            level=inference.level,
            seed=inference.seed,
        )
        human = Reading(
            conditions=_conditions(self.human_where),
            by=self.human_by,
            cluster=self.human_cluster,
            level=inference.level,
            seed=inference.seed,
        )
        return benchmark, human

    def load(self, inference: Inference, models: Models) -> tuple[list[Estimates], list[Estimates]]:
        """Read both sides."""
        from theodolite.cli.agree_sides import benchmark_sides, human_sides

        (words, people), (mine, human) = self.words(), self.readings(inference)
        benchmarks = [side for word in words for side in benchmark_sides(word, mine, models)]
        return benchmarks, human_sides(
            people, human, self.board or [], controlled=self.style_control, models=models
        )


@dataclass(frozen=True)
class AgreeOptions(Group):
    """How the sides are compared."""

    want: Annotated[
        float | None,
        typer.Option(
            metavar="AGREEMENT",
            help="How many items or votes would reach this agreement, as 0.9?",
            rich_help_panel=COMPARING,
            show_default=False,
        ),
    ] = None
    base: Annotated[
        bool,
        typer.Option(
            "--base",
            help="Which benchmark of base models foretells people's ratings of their tunes? "
            "BENCHMARK is then left out, or names benchmarks of the shipped facts, or files of "
            "your own facts.",
            rich_help_panel=COMPARING,
        ),
    ] = False
    sure: Annotated[
        SureBy,
        typer.Option(
            help="A pair is sure where intervals are apart, or where the interval of the "
            "difference leaves out 0, all pairs together.",
            rich_help_panel=COMPARING,
        ),
    ] = SureBy.INTERVALS


def agree(sides: SideOptions, compared: AgreeOptions, inference: Inference, output: Output) -> None:
    """Tell how far benchmarks agree with people, knowing that both are uncertain."""
    from theodolite.cli.agree_sides import aliases_of, load_names
    from theodolite.loading import load_models
    from theodolite.scoring import agreement

    if compared.base:
        _base(sides, compared, inference, output)
        return
    with working("Reading both sides"):
        models = load_models()
        benchmarks, humans = sides.load(inference, models)
        benchmarks, humans, names = agreement.matched(
            benchmarks,
            humans,
            aliases=aliases_of(models),
            given=load_names(sides.names) if sides.names else None,
        )
    with working("Comparing"):
        found = agreement.agree(
            benchmarks,
            humans,
            want=compared.want,
            sure=compared.sure.value,
            names=names,
            level=inference.level,
            seed=inference.seed,
        )
    page, chart = partial(_page, found), partial(_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _base(sides: SideOptions, compared: AgreeOptions, inference: Inference, output: Output) -> None:
    """Foretell people's ratings of tuned models from their base models."""
    from theodolite.cli.agree_sides import aliases_of, human_sides, is_file
    from theodolite.loading import load_models
    from theodolite.scoring import agreement

    _refuse(sides.changed(*PEOPLES), compared.changed("base"))
    words, people = sides.sides[:-1], sides.sides[-1]
    with working("Reading facts and ratings"):
        models = load_models([word for word in words if is_file(word)])
        humans = human_sides(
            people,
            sides.readings(inference)[1],
            sides.board or [],
            controlled=sides.style_control,
            models=models,
        )
        if len(humans) > 1:
            raise UsageError("--base takes one board of people's ratings")
        own = set(humans[0].models)
        names = {o: new for o, new in aliases_of(models).items() if o in own and new not in own}
    found = agreement.foretell_ratings(
        models,
        humans[0].renamed(names),
        benchmarks=[word for word in words if not is_file(word)] or None,
        level=inference.level,
        seed=inference.seed,
    )
    page, chart = partial(_base_page, found), partial(_base_chart, found)
    render(Outcome(found.to_dict(), page=page, chart=chart), output)


def _refuse(*given: list[str]) -> None:
    wrong = [option for options in given for option in options]
    if wrong:
        raise UsageError(f"--base does not go with {', '.join(wrong)}")


def _base_page(found: BasePrediction) -> Page:
    from theodolite.reporting import base_prediction_page

    return base_prediction_page(found)


def _base_chart(found: BasePrediction) -> Chart:
    from theodolite import plotting

    return plotting.foretold_ratings(found)


def _conditions(texts: list[str] | None) -> tuple[Condition, ...]:
    from theodolite.tables import Condition

    return tuple(Condition.parse(text) for text in texts or ())


def _page(found: Agreements) -> Page:
    from theodolite.reporting import agreement_page

    return agreement_page(found)


def _chart(found: Agreements) -> Chart:
    from theodolite import plotting

    return plotting.agreed(found.first)
