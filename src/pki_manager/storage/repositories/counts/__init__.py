"""Counts of certificates: the changes in each commit, their sums, and the numbers that are read from both."""
