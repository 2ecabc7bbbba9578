"""Benchmarks that a judge scores, and how far they agree with people."""
