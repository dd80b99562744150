"""How long a token is usable."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.token import Token

NOW = datetime(2026, 3, 1, tzinfo=UTC)


DAY = timedelta(days=1)


ID = UUID(int=1)


@pytest.mark.parametrize(
    ("expires", "revoked_at", "usable"),
    [(NOW + DAY, None, True), (NOW, None, False), (NOW + DAY, NOW, False)],
)
def test_a_token_is_usable_until_it_ends_or_is_revoked(expires, revoked_at, usable):
    token = Token(
        id=ID,
        name="t",
        prefix="pkim_x",
        role=Role.AUDITOR,
        owner_id="a",
        created_by="a",
        created_at=NOW - DAY,
        expires_at=expires,
        revoked_at=revoked_at,
        last_used_at=None,
    )
    assert token.usable(NOW) is usable
