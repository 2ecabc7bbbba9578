"""The lint rules, one a file."""

from theodolite.auditing.rules import (
    absent_reference,
    absent_statements,
    all_of_the_above,
    answer_in_question,
    encoding_damage,
    lost_format,
    missing_question,
    mixed_format,
    self_reference,
    time_dependent,
    truncated_choice,
    truncated_question,
)

__all__ = ["TEXT_RULES"]

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
