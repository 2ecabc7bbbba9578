"""Theodolite."""
