"""The lint rules, one a file."""

from theodolite.auditing.rules import (
    absent_reference,
    absent_statements,
    lost_format,
    missing_question,
    self_reference,
    time_dependent,
    truncated_choice,
)

__all__ = ["TEXT_RULES"]

TEXT_RULES = (
    absent_statements.RULE,
    absent_reference.RULE,
    missing_question.RULE,
    lost_format.RULE,
    truncated_choice.RULE,
    time_dependent.RULE,
    self_reference.RULE,
)
