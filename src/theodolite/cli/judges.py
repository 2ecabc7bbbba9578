"""``theodolite judges``: how far judges can be trusted, and what a jury of them says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from theodolite.cli.groups import Group
from theodolite.cli.options import Inference, Output
from theodolite.cli.output import Outcome, render, working
from theodolite.errors import UsageError, shorten

if TYPE_CHECKING:
    from theodolite.cli.output import Chart
    from theodolite.reporting import Page
    from theodolite.scoring.judges import GraderReport, JudgeReport
    from theodolite.tables import Gradings, Judgments, Preferences, Votes

    Judged = Judgments | Votes | Preferences | Gradings

__all__ = ["JudgesOptions", "JudgesSource", "Kind", "judges"]

READING = "Reading the judgments"
FILTERS = "Choosing judgments"
JUDGING = "Judging the judges"


class Kind(StrEnum):
    """What the files hold."""

    JUDGMENTS = "judgments"
    VOTES = "votes"
    PREFERENCES = "preferences"
    GRADINGS = "gradings"


@dataclass(frozen=True)
class JudgesSource(Group):
    """What judges said, and which of it."""

    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="JUDGMENTS...",
            help="Files of one kind: games of judges (Arena-Hard, MT-Bench in pairs, own columns), "
            "votes with judge or voter, preferences, or grades.",
            show_default=False,
        ),
    ]
    people: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VOTES",
            help="Votes of people on the same answers (prompt_id, model_a, model_b, winner; "
            "voter); repeatable.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    format: Annotated[
        Kind | None,
        typer.Option(
            help="What the files hold, where it cannot be told.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=COLUMN,...",
            help="Where the files are votes: their own column names, as in prompt_id=question_id.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    winner_values: Annotated[
        str | None,
        typer.Option(
            metavar="WINNER=LABEL,...",
            help="Where the files are votes: their own winners, as in "
            "model_a=left,model_b=right,tie=draw.",
            rich_help_panel=READING,
            show_default=False,
        ),
    ] = None
    people_columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=COLUMN,...",
            help="The column names of the votes of people.",
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
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Keep the judgments where it holds; repeatable. Also COLUMN!=VALUE and "
            "COLUMN=LOW..HIGH with optional ends.",
            rich_help_panel=FILTERS,
            show_default=False,
        ),
    ] = None

    def load(self) -> Judged:
        """Read, filter and count what the filters took."""
        from theodolite.loading import load_judged, parse_columns, parse_winner_values
        from theodolite.tables import Condition, select

        conditions = [Condition.parse(text) for text in self.where or []]
        table = load_judged(
            self.paths,
            kind=None if self.format is None else self.format.value,
            baseline=self.baseline,
            columns=parse_columns(self.columns) if self.columns else (),
            winner_values=parse_winner_values(self.winner_values) if self.winner_values else (),
            also=frozenset(condition.column for condition in conditions),
        )
        return select(table, conditions)

    def load_people(self) -> Votes | None:
        """Read the votes of people, where there are some."""
        from theodolite.loading import VoteOptions, load_votes, parse_columns

        if not self.people:
            if self.people_columns:
                raise UsageError("--people-columns has no use without --people")
            return None
        options = VoteOptions(
            columns=parse_columns(self.people_columns) if self.people_columns else (),
            need=frozenset({"prompt_id"}),
            also=frozenset({"voter", "turn"}),
        )
        return load_votes(self.people, options)


@dataclass(frozen=True)
class JudgesOptions(Group):
    """What is held to be a bias."""

    family: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FAMILY",
            help="The family of a judge or model; repeatable. By default that of the shipped "
            "facts, or else the name itself.",
            rich_help_panel=JUDGING,
            show_default=False,
        ),
    ] = None
    families: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A file with the columns model and family.",
            rich_help_panel=JUDGING,
            show_default=False,
        ),
    ] = None
    margin: Annotated[
        float,
        typer.Option(
            help="A bias is none where its whole interval is nearer to 0 than this, in log-odds "
            "(0.2 moves a chance of one half by 5 points).",
            rich_help_panel=JUDGING,
        ),
    ] = 0.2
    min_verdicts: Annotated[
        int,
        typer.Option(
            min=1,
            help="In the jury, judges with fewer verdicts are taken together as one.",
            rich_help_panel=JUDGING,
        ),
    ] = 30
    no_length: Annotated[
        bool,
        typer.Option(
            "--no-length",
            help="Leave the lengths of answers out of account.",
            rich_help_panel=JUDGING,
        ),
    ] = False
    no_order: Annotated[
        bool,
        typer.Option(
            "--no-order",
            help="The first model of a row was not always shown first: tell no position bias.",
            rich_help_panel=JUDGING,
        ),
    ] = False

    def known(self) -> dict[str, str]:
        """Say which family each name is of: as given, as in the file, as shipped."""
        from theodolite.loading import load_families

        out = load_families(self.families)
        for text in self.family or []:
            name, _, family = text.rpartition("=")
            if not name or not family:
                raise UsageError(f"--family {shorten(text)} is not NAME=FAMILY, as in gpt-4=OpenAI")
            out[name] = family
        return out


def judges(
    source: JudgesSource, judging: JudgesOptions, inference: Inference, output: Output
) -> None:
    """Tell how far judges can be trusted: biases, consistency, agreement, and a jury of them."""
    from theodolite.scoring.judges import JudgeOptions, assess_graders, assess_judges
    from theodolite.tables import Gradings

    with working("Reading judgments"):
        table, people, families = source.load(), source.load_people(), judging.known()
    options = JudgeOptions(
        length=not judging.no_length,
        ordered=not judging.no_order,
        least=judging.min_verdicts,
        margin=judging.margin,
    )
    found: JudgeReport | GraderReport
    with working("Judging the judges"):
        if isinstance(table, Gradings):
            _refuse_for_grades(source, judging)
            found = assess_graders(
                table, families=families, margin=judging.margin, level=inference.level
            )
        else:
            found = assess_judges(
                table,
                people=people,
                families=families,
                options=options,
                level=inference.level,
                seed=inference.seed,
            )
    data = found.to_dict()
    render(Outcome(data, page=partial(_page, found), chart=partial(_chart, found)), output)


def _refuse_for_grades(source: JudgesSource, judging: JudgesOptions) -> None:
    """Raise where an option was given that grades have no use for."""
    idle = [
        option
        for option in (*source.changed("format", "where"), *judging.changed())
        if option in ("--people", "--min-verdicts", "--no-length", "--no-order")
    ]
    if idle:
        raise UsageError(f"{', '.join(idle)}: judges that grade one answer at a time have no such")


def _page(found: JudgeReport | GraderReport) -> Page:
    from theodolite.reporting import graders_page, judges_page
    from theodolite.scoring.judges import GraderReport

    return graders_page(found) if isinstance(found, GraderReport) else judges_page(found)


def _chart(found: JudgeReport | GraderReport) -> Chart:
    from theodolite import plotting

    return plotting.judge_biases(found)
