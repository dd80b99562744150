"""Audit events by subject, and their canonical bytes."""
