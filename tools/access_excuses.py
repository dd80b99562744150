"""Checks that no test can cover, and why: another check makes the same decision before or after."""

from __future__ import annotations

from collections.abc import Mapping

EXCUSES: Mapping[str, str] = {
    "cmp/enroll.py: if: reader.cmp.find(actor.id, new.transaction_id) is not None": (
        "The transaction that stores the request refuses the repeated ID too; this check only comes before the work."
    ),
}
"""Reason by `Check.key`."""
