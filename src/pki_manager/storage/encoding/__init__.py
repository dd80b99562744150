"""Domain values as JSON text in columns."""
