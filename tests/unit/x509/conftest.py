"""Hypothesis without its deadline: on a busy machine a pause is no finding, and what must be fast is timed by name."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
