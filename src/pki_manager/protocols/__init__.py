"""Thin front-ends: wire to use case and back."""
