"""Checks that no test can miss, and why: another one decides the same, later or before."""

from __future__ import annotations

from collections.abc import Mapping

EXCUSES: Mapping[str, str] = {}
"""By `Check.key`."""
