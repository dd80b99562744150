"""Renewal of a certificate by its client, with the same names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.authority.enrollment.reenroll import reenroll
from pki_manager.authority.enrollment.request_certificate import request_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.hold import hold
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound
from pki_manager.domain.rights.actor import Role
from tests.support.enrolling import application, client_of, credential
from tests.support.factories import ADMIN
from tests.support.memory.events import records, refuses


def test_a_client_gets_a_certificate_with_the_same_names_and_another_key(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx))
    old = request_certificate(ctx, client, application(), b"1")
    with records(ctx, "certificate.issue_intended", "certificate.issued"):
        new = reenroll(ctx, client, old, application().csr_der or b"", b"2")
    assert (new.renews, new.subject, new.ca_id, new.profile) == (old.id, old.subject, old.ca_id, old.profile)
    assert new.spki_sha256 != old.spki_sha256


@pytest.mark.parametrize(
    ("name", "sans", "rule"),
    [
        ("mail.example.com", ("www.example.com",), "enroll.same_subject"),
        ("www.example.com", ("www.example.com", "mail.example.com"), "enroll.same_names"),
        ("www.example.com", (), "enroll.same_names"),
    ],
)
def test_other_names_are_refused(ctx: Context, name: str, sans: tuple[str, ...], rule: str) -> None:
    client = client_of(ctx, credential(ctx))
    old = request_certificate(ctx, client, application(), b"1")
    with refuses(ctx, InvalidInput, rule):
        reenroll(ctx, client, old, application(name, sans).csr_der or b"", b"2")


def test_certificates_of_others_and_those_on_hold_are_not_renewed(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx))
    other = client_of(ctx, credential(ctx, actor=replace(ADMIN, id="local:other"), role=Role.REQUESTER))
    old = request_certificate(ctx, client, application(), b"1")
    with refuses(ctx, NotFound, "not found"):
        reenroll(ctx, other, old, application().csr_der or b"", b"2")
    on_hold = hold(ctx, ADMIN, old.id).value
    with refuses(ctx, Conflict, "on hold"):
        reenroll(ctx, client, on_hold, application().csr_der or b"", b"3")
