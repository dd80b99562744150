"""Bulk jobs: issue, renew, revoke, and export certificates by the rows of a file."""
