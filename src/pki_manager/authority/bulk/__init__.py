"""Bulk jobs: issuing, renewing, revoking and exporting by file."""
