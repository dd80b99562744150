"""The audit log: search, verification, export, and the feed of changes."""
