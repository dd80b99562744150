"""The use cases, one verb a file; the only door to keys and tables."""
