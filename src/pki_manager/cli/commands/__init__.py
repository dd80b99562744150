"""The commands of `pkim`, one module for each noun."""
