"""Counts of certificates: changes of a commit, their sums, and what is read from them."""
