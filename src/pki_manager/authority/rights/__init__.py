"""Roles, teams, service accounts, and API tokens."""
