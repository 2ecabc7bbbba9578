"""Results become sections, and sections a page or the text on a terminal."""

from theodolite.reporting.agreement import agreement_page, agreement_sections
from theodolite.reporting.arena_hard import arena_hard_page, arena_hard_sections
from theodolite.reporting.audit import audit_page, audit_sections
from theodolite.reporting.backtest import backtest_page, backtest_sections, gain_section
from theodolite.reporting.base_prediction import base_prediction_page, base_prediction_sections
from theodolite.reporting.board import board_page, board_sections
from theodolite.reporting.checks import check_sections
from theodolite.reporting.datasets import (
    datasets_page,
    datasets_sections,
    difference_section,
    evaluations_section,
)
from theodolite.reporting.downstream import downstream_page, downstream_sections
from theodolite.reporting.efficiency import efficiency_page, efficiency_sections
from theodolite.reporting.eq_bench import eq_bench_page, eq_bench_sections
from theodolite.reporting.explaining import explain_page, explain_sections
from theodolite.reporting.facts import facts_page, facts_sections
from theodolite.reporting.floor import floor_page, floor_sections
from theodolite.reporting.graders import graders_page, graders_sections
from theodolite.reporting.hard import hard_page, hard_sections
from theodolite.reporting.html import page_html
from theodolite.reporting.influence import influence_section, profile_section
from theodolite.reporting.isoflop import isoflop_page, isoflop_sections
from theodolite.reporting.judges import judges_page, judges_sections
from theodolite.reporting.mt_bench import (
    compared_page,
    compared_sections,
    graded_page,
    graded_sections,
)
from theodolite.reporting.needle import needle_page, needle_sections
from theodolite.reporting.observational import observational_page, observational_sections
from theodolite.reporting.plan import plan_page, plan_sections
from theodolite.reporting.ratings import (
    leader_section,
    one_number_section,
    pairs_section,
    rank_page,
    used_section,
)
from theodolite.reporting.saturation import saturation_page, saturation_sections
from theodolite.reporting.scaling import scaling_page, scaling_sections
from theodolite.reporting.score_saturation import score_sections
from theodolite.reporting.sections import Column, Page, Section, Table
from theodolite.reporting.settling import settle_page, settling_sections
from theodolite.reporting.shift import shift_by_page, shift_by_section, shift_page, shift_section
from theodolite.reporting.style import style_sections
from theodolite.reporting.survey import Finding, findings, survey_page
from theodolite.reporting.terminal import print_page
from theodolite.reporting.trend import trend_page, trend_sections
from theodolite.reporting.truth import truth_section
from theodolite.reporting.winrate import winrate_page, winrate_sections
from theodolite.reporting.winrate_published import published_winrate_page

__all__ = [
    "Column",
    "Finding",
    "Page",
    "Section",
    "Table",
    "agreement_page",
    "agreement_sections",
    "arena_hard_page",
    "arena_hard_sections",
    "audit_page",
    "audit_sections",
    "backtest_page",
    "backtest_sections",
    "base_prediction_page",
    "base_prediction_sections",
    "board_page",
    "board_sections",
    "check_sections",
    "compared_page",
    "compared_sections",
    "datasets_page",
    "datasets_sections",
    "difference_section",
    "downstream_page",
    "downstream_sections",
    "efficiency_page",
    "efficiency_sections",
    "eq_bench_page",
    "eq_bench_sections",
    "evaluations_section",
    "explain_page",
    "explain_sections",
    "facts_page",
    "facts_sections",
    "findings",
    "floor_page",
    "floor_sections",
    "gain_section",
    "graded_page",
    "graded_sections",
    "graders_page",
    "graders_sections",
    "hard_page",
    "hard_sections",
    "influence_section",
    "isoflop_page",
    "isoflop_sections",
    "judges_page",
    "judges_sections",
    "leader_section",
    "needle_page",
    "needle_sections",
    "observational_page",
    "observational_sections",
    "one_number_section",
    "page_html",
    "pairs_section",
    "plan_page",
    "plan_sections",
    "print_page",
    "profile_section",
    "published_winrate_page",
    "rank_page",
    "saturation_page",
    "saturation_sections",
    "scaling_page",
    "scaling_sections",
    "score_sections",
    "settle_page",
    "settling_sections",
    "shift_by_page",
    "shift_by_section",
    "shift_page",
    "shift_section",
    "style_sections",
    "survey_page",
    "trend_page",
    "trend_sections",
    "truth_section",
    "used_section",
    "winrate_page",
    "winrate_sections",
]
