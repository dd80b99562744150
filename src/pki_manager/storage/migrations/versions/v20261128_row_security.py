"""Policies of row-level security on PostgreSQL, for a role that does not own the tables."""

from __future__ import annotations

from alembic import op

revision = "20261128_row_security"
down_revision = "20261128_scep_validators"

_SETTING = "(SELECT current_setting('pkim.{}', true))"
_TEAM = f"encode(team_id, 'hex') = ANY (string_to_array({_SETTING.format('teams')}, ','))"
_CA_CERTIFICATE = "subject_key_id IS NOT NULL"
"""Certificates of CAs are published, and needed for chains."""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    _protect("certificates", "certificates", also=(_CA_CERTIFICATE,))
    _protect("enrolments", "requests")


def _protect(table: str, setting: str, also: tuple[str, ...] = ()) -> None:
    reach = _SETTING.format(setting)
    visible = (
        f"{reach} = 'all'",
        *also,
        f"({reach} IN ('own', 'team') AND owner_id = {_SETTING.format('owner')})",
        f"({reach} = 'team' AND {_TEAM})",
    )
    op.execute(f"CREATE POLICY {table}_in_scope ON {table} USING ({' OR '.join(visible)})")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
