"""Readers for files of other CA software, for the import of a CA."""
