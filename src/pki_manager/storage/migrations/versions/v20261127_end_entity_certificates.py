"""A CA says whether it issues certificates to end entities. A root CA that did so before the upgrade still does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_end_entities"
down_revision = "20261127_cmp_transactions"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OF_THE_SERVER = ("ocsp-responder", "cmp-responder", "scep-ra")
"""Profiles of end-entity certificates that a CA issues for its own services."""

CAS = sa.table("cas", sa.column("id"), sa.column("parent_id"), sa.column("state"), sa.column("end_entity_certificates"))
CERTIFICATES = sa.table("certificates", sa.column("ca_id"), sa.column("kind"), sa.column("profile"))


def upgrade() -> None:
    op.add_column("cas", sa.Column("end_entity_certificates", INTEGER, nullable=False, server_default="1"))
    issued = sa.exists().where(
        CERTIFICATES.c.ca_id == CAS.c.id,
        CERTIFICATES.c.kind == "end-entity",
        CERTIFICATES.c.profile.not_in(OF_THE_SERVER),
    )
    roots = (CAS.c.parent_id.is_(None), CAS.c.state.not_in(("pending", "external")))
    op.execute(sa.update(CAS).where(*roots, ~issued).values(end_entity_certificates=0))
