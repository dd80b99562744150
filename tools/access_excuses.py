"""Checks that no test can cover, and why: another check makes the same decision before or after."""

from __future__ import annotations

from collections.abc import Mapping

EXCUSES: Mapping[str, str] = {}
"""Reason by `Check.key`."""
