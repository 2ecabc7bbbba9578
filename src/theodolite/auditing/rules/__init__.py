"""The lint rules, one a file."""

from theodolite.auditing.rules import absent_reference, absent_statements, missing_question

__all__ = ["TEXT_RULES"]

TEXT_RULES = (
    absent_statements.RULE,
    absent_reference.RULE,
    missing_question.RULE,
)
