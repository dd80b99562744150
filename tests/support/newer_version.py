"""A newer version of the program: a copy of this one with one more migration."""

from __future__ import annotations

import shutil
from pathlib import Path

from pki_manager.storage.engine import schema
from tests.services.installation import ROOT

_MIGRATION = '''"""A change of the newer version."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{down}"
{attribute}

def upgrade():
{body}
'''
EXPANSION = """\
    op.create_table("novelties", sa.Column("id", sa.LargeBinary(), primary_key=True))
    for table in ("certificates", "enrolments", "jobs", "revocations", "audit_heads"):
        op.add_column(table, sa.Column("novelty", sa.Text(), nullable=True))
    op.add_column("issuer_keys", sa.Column("novelty", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_certificates_novelty", "certificates", ["novelty"])
"""
"""A migration that programs of this version do not notice, over the tables that issuing and revoking write."""

CONTRACTION = '    op.drop_column("published_stores", "settings")\n'
"""A migration that programs of this version notice."""


def build_newer_version(folder: Path, *, body: str, compatible_since: str | None) -> Path:
    """Copy the program into `folder`, with a migration of that body. Return the PYTHONPATH that runs the copy."""
    source = folder / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    attribute = "" if compatible_since is None else f'compatible_since = "{compatible_since}"\n'
    text = _MIGRATION.format(revision="20990101_newer", down=schema.get_head(), attribute=attribute, body=body)
    versions = source / "pki_manager" / "storage" / "migrations" / "versions"
    (versions / "v20990101_newer.py").write_text(text)
    return source
