"""The lint rules, one a file."""

from theodolite.auditing.rules import (
    absent_reference,
    absent_statements,
    all_of_the_above,
    answer_in_question,
    conflicting_key,
    duplicate_item,
    encoding_damage,
    equal_values,
    in_both_lists,
    lost_format,
    missing_question,
    mixed_format,
    near_duplicate,
    repeated_choice,
    repeated_key,
    self_reference,
    time_dependent,
    truncated_choice,
    truncated_question,
)

__all__ = ["CHOICE_RULES", "RULES", "TEXT_RULES"]

TEXT_RULES = (
    absent_statements.RULE,
    absent_reference.RULE,
    missing_question.RULE,
    truncated_question.RULE,
    truncated_choice.RULE,
    all_of_the_above.RULE,
    lost_format.RULE,
    mixed_format.RULE,
    encoding_damage.RULE,
    answer_in_question.RULE,
    time_dependent.RULE,
    self_reference.RULE,
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
