"""The lint rules, one a file."""

from theodolite.auditing.rules import (
    absent_reference,
    absent_statements,
    conflicting_key,
    duplicate_item,
    equal_values,
    in_both_lists,
    lost_format,
    missing_question,
    near_duplicate,
    repeated_choice,
    repeated_key,
    truncated_choice,
)

__all__ = ["CHOICE_RULES", "RULES", "TEXT_RULES"]

TEXT_RULES = (
    absent_statements.RULE,
    absent_reference.RULE,
    missing_question.RULE,
    lost_format.RULE,
    truncated_choice.RULE,
)
CHOICE_RULES = (
    repeated_key.RULE,
    repeated_choice.RULE,
    equal_values.RULE,
    in_both_lists.RULE,
    conflicting_key.RULE,
    duplicate_item.RULE,
    near_duplicate.RULE,
)
RULES = TEXT_RULES + CHOICE_RULES
