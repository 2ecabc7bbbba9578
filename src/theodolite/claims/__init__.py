"""Claims about models, from item scores: boards and paired comparison."""

from theodolite.claims.board import board
from theodolite.claims.results import MACRO, MICRO, Board, By

__all__ = ["MACRO", "MICRO", "Board", "By", "board"]
