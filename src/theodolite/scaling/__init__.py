"""Scaling laws: fitted to runs, planned with, and put to the test."""

from theodolite.scaling.accounting import ACCOUNTINGS, Accounted, Accounting, account
from theodolite.scaling.budgets import splits_at
from theodolite.scaling.fit import fit
from theodolite.scaling.laws import LAWS, Law, LawName, law_named
from theodolite.scaling.published import PUBLISHED, PublishedLaw, published_law
from theodolite.scaling.recipe import Recipe, Resampling
from theodolite.scaling.result import Estimate, ScalingFit

__all__ = [
    "ACCOUNTINGS",
    "LAWS",
    "PUBLISHED",
    "Accounted",
    "Accounting",
    "Estimate",
    "Law",
    "LawName",
    "PublishedLaw",
    "Recipe",
    "Resampling",
    "ScalingFit",
    "account",
    "fit",
    "law_named",
    "published_law",
    "splits_at",
]
