"""Enrollment credentials, and CMP transactions under way."""
