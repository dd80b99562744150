"""The fast path of frequent operations, and limits on concurrent work."""
