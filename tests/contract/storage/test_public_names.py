"""Names of the version before: stored values get the present ones, and signed events are found by either."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import pytest
import sqlalchemy as sa
from alembic import command

from pki_manager.domain.events.acme import EabKeyCreated
from pki_manager.domain.events.audit import AuditEvent
from pki_manager.domain.profiles import codec
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.builtin_profiles import OCSP_RESPONDER, TLS_SERVER
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.migrations.versions import v20261127_certificate_counts
from pki_manager.storage.storage import SqlStorage
from pki_manager.storage.tables.columns import metadata
from tests.conftest import OpenStorage
from tests.contract.storage.test_schema import put
from tests.contract.storage.values import ACTOR

UNLIMITED = '{"cas":null,"profiles":null,"names":null,"reach":"all"}'


def former(profile: str) -> str:
    """The stored form of a profile as the version before wrote it."""
    names = {"include_crl_url": "crl_pointer", "include_ocsp_url": "ocsp_pointer", "lint_exceptions": "excuses"}
    body = {names.get(name, name): value for name, value in json.loads(profile).items()}
    body["subject"]["surplus"] = body["subject"].pop("unlisted_attributes")
    return json.dumps(body)


def test_after_the_upgrade_stored_values_have_the_present_names(engine: sa.Engine, open_storage: OpenStorage) -> None:
    profiles = (TLS_SERVER, OCSP_RESPONDER)
    with engine.connect() as connection:
        begin(connection, write=True)
        connection.exec_driver_sql("DROP TABLE IF EXISTS certificate_trigrams")  # virtual, so not in the metadata
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        command.upgrade(schema.build_configuration(connection), v20261127_certificate_counts.revision)
        for name, permissions in {"officer": '["approval:give","approval:read"]', "reader": '["ca:read"]'}.items():
            put(connection, "roles", name=name, version=1, permissions=permissions, scope=UNLIMITED, state="active")
        put(connection, "tokens", id=b"t" * 16, permissions='["approval:give"]', role="auditor", scope=UNLIMITED)
        put(connection, "users", id=b"u" * 16, login="officer")
        put(connection, "sessions", id=b"s" * 16, user_id=b"u" * 16, stage="enrolment")
        put(connection, "meta", key="initialised", value="2026-11-27")
        for profile in profiles:
            body = former(json.dumps(codec.to_dict(profile)))
            put(connection, "profiles", name=profile.name, version=1, body=body, state="active")
        command.upgrade(schema.build_configuration(connection), "head")
        connection.commit()
    with open_storage().read() as reader:
        assert reader.roles.get("officer").permissions == {Permission.APPROVAL_APPROVE, Permission.APPROVAL_READ}
        assert reader.roles.get("reader").permissions == {Permission.CA_READ}
        assert [reader.profiles.get(profile.name) for profile in profiles] == list(profiles)
        assert reader.meta.get("initialized") == "2026-11-27"
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT permissions FROM tokens").scalar_one() == '["approval:approve"]'
        assert connection.exec_driver_sql("SELECT stage FROM sessions").scalar_one() == "second-factor-setup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Former(AuditEvent):
    """An event as the version before recorded it."""

    ACTION: ClassVar[str] = "acme_key.created"
    OBJECT: ClassVar[str] = "token"


PRESENT = EabKeyCreated(
    object_id="new", name="n", role="r", owner="o", expires="e", is_open=False, pre_authorized=False
)


@pytest.mark.parametrize(
    "where",
    [
        AuditFilter(action="eab_key.created"),
        AuditFilter(action="acme_key.created"),
        AuditFilter(query="eab_key"),
        AuditFilter(query="acme_key"),
    ],
)
def test_audit_events_are_found_by_the_present_and_the_former_name(storage: SqlStorage, where: AuditFilter) -> None:
    for event in (Former(object_id="old"), PRESENT):
        with storage.begin(ACTOR) as unit:
            unit.record(event)
    with storage.read() as reader:
        found = [json.loads(event.body) for event in reader.audit.page(where, None, 10).items]
    assert [(body["object"]["id"], body["action"]) for body in found] == [
        ("new", "eab_key.created"),
        ("old", "acme_key.created"),
    ]
