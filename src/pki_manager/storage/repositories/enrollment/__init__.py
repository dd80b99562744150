"""Enrollment credentials, and CMP transactions in progress."""
