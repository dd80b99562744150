"""Actors, permissions, roles, teams, and tokens."""
