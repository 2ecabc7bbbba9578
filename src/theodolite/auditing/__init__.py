"""The audit of a benchmark: which items are broken, and why one thinks so."""

from theodolite.auditing.assessment import Assessment, assess
from theodolite.auditing.audit import THRESHOLD, Audit, audit
from theodolite.auditing.labelled import Labelled
from theodolite.auditing.leaks import BenchmarkBias, benchmark_bias
from theodolite.auditing.lint import Lint, lint
from theodolite.auditing.responses import (
    ELSEWHERE,
    Responses,
    response_features,
    response_statistics,
)
from theodolite.auditing.rule import Rule, Texts
from theodolite.auditing.rules import RULES
from theodolite.auditing.shipped import ShippedModels, shipped_models
from theodolite.auditing.suspicion import Calibration, SuspicionModel, calibrate, fit_suspicion

__all__ = [
    "ELSEWHERE",
    "RULES",
    "THRESHOLD",
    "Assessment",
    "Audit",
    "BenchmarkBias",
    "Calibration",
    "Labelled",
    "Lint",
    "Responses",
    "Rule",
    "ShippedModels",
    "SuspicionModel",
    "Texts",
    "assess",
    "audit",
    "benchmark_bias",
    "calibrate",
    "fit_suspicion",
    "lint",
    "response_features",
    "response_statistics",
    "shipped_models",
]
