"""The audit of a benchmark: which items are broken, and why one thinks so."""
