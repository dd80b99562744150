"""Audit events and their canonical bytes."""

import hashlib
import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pki_manager.domain.events.actions import HOMES, list_event_types
from pki_manager.domain.events.audit import AuditEvent, KeyOperation, Outcome, compute_chain_hash, encode_canonical
from pki_manager.domain.events.certificates import CertificateIssued, IssueRefused
from pki_manager.domain.rights.actor import Actor, ActorKind

TIME = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
ALICE = Actor(
    kind=ActorKind.TOKEN, id="token:1", name="alice", via="rest", rule="role:auditor", peer="192.0.2.1", request_id="r1"
)
KMS = KeyOperation(
    operation_id="o1", backend="embedded", key_id="k1", algorithm="Ed25519", tbs_sha256="00ff", milliseconds=1.5
)


def issued(**changes) -> CertificateIssued:
    values = {"object_id": "c1", "request": "q1", "ca": "a1", "serial_number": "0a", "fingerprint_sha256": "ff"}
    return CertificateIssued(**values | changes)


def canonical(event: AuditEvent, *, seq=7, node="host/worker-1", time=TIME, actor=ALICE) -> bytes:
    return encode_canonical(seq=seq, node=node, time=time, actor=actor, event=event)


def test_the_bytes_of_an_event_are_these():
    assert canonical(issued(kms=KMS)) == (
        b'{"action":"certificate.issued","actor":{"id":"token:1","kind":"token","name":"alice","rule":"role:auditor","via":"rest"},'
        b'"details":{"ca":"a1","fingerprint_sha256":"ff","request":"q1","serial_number":"0a"},'
        b'"kms":{"algorithm":"Ed25519","backend":"embedded","key_id":"k1","milliseconds":1.5,"operation_id":"o1",'
        b'"tbs_sha256":"00ff"},'
        b'"node":"host/worker-1","object":{"id":"c1","kind":"certificate"},"outcome":"success","peer":"192.0.2.1",'
        b'"reason":null,"request_id":"r1","seq":7,"time":"2026-03-01T12:00:00.000005Z"}'
    )


def test_an_event_without_a_key_operation_says_so():
    assert json.loads(canonical(issued()))["kms"] is None


def test_outcome_reason_and_lists_are_in_the_bytes():
    event = IssueRefused(object_id="a1", outcome=Outcome.REFUSED, reason="policy", profile="p:1", rules=("x", "y"))
    body = json.loads(canonical(event))
    assert (body["outcome"], body["reason"]) == ("refused", "policy")
    assert body["details"] == {"profile": "p:1", "rules": ["x", "y"]}


def test_the_bytes_depend_on_the_moment_and_not_on_its_zone():
    east = timezone(timedelta(hours=5, minutes=30))
    assert canonical(issued(), time=TIME.astimezone(east)) == canonical(issued())
    assert canonical(issued(), time=TIME + timedelta(microseconds=1)) != canonical(issued())


@pytest.mark.parametrize(
    "other",
    [
        {"seq": 8},
        {"node": "host/cli"},
        {"actor": Actor(kind=ActorKind.LOCAL, id="local:a", name="a", via="cli")},
    ],
    ids=["seq", "node", "actor"],
)
def test_every_circumstance_is_in_the_bytes(other):
    assert canonical(issued(), **other) != canonical(issued())


@pytest.mark.parametrize(
    "name", [field.name for field in fields(CertificateIssued) if field.name not in ("outcome", "kms")]
)
def test_every_field_of_the_event_is_in_the_bytes(name):
    assert canonical(issued(**{name: "changed"})) != canonical(issued())


@pytest.mark.parametrize("text", ["Zoë", "a\nb", "a\0b", '"', "\u202e", "\ud800"], ids=ascii)
def test_any_text_survives_as_utf_8(text):
    body = canonical(issued(reason=text))
    assert json.loads(body.decode("utf-8"))["reason"] == text
    assert b"\n" not in body


def test_every_event_names_its_action_and_its_object_and_no_two_the_same_action():
    actions = [event.ACTION for event in list_event_types()]
    assert actions == sorted(set(actions))
    assert all(event.OBJECT and "." in event.ACTION for event in list_event_types())
    assert {event.__module__ for event in list_event_types()} == {home.__name__ for home in HOMES}


def test_a_record_is_tied_to_the_one_before_it():
    assert compute_chain_hash(b"\x01" * 32, b"body") == hashlib.sha256(b"\x01" * 32 + b"body").digest()
