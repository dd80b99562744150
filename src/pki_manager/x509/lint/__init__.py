"""Lint: one rule a file, plus the pkilint bridge. Runs before the real key signs."""
