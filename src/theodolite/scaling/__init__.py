"""Scaling laws: fitted to runs, planned with, and put to the test."""

from theodolite.scaling.accounting import ACCOUNTINGS, Accounted, Accounting, account

__all__ = ["ACCOUNTINGS", "Accounted", "Accounting", "account"]
