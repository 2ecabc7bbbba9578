"""Training runs: one module a file format, and the reader that they share."""
