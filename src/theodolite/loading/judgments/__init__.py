"""Judgments of answers: one module a table, and a format's own reading where it needs some."""
