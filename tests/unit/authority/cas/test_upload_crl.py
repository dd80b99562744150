"""A CRL of an external CA: uploaded once, and refused if it does not follow the last one."""

from __future__ import annotations

from dataclasses import replace

from pki_manager.authority.cas.upload_crl import upload_crl
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Forbidden, FreshAuthenticationRequired, PolicyRefused
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.foreign_ca import ForeignCa
from tests.support.importing import known
from tests.support.memory.events import POWERLESS, records, refuses


def test_a_crl_is_uploaded_once_and_must_have_a_higher_number_next(ctx: Context) -> None:
    root = ForeignCa()
    view = known(ctx, root)
    crl = root.crl()
    with records(ctx, "crl.uploaded"):
        record = upload_crl(ctx, ADMIN, "Old", crl)
    assert ctx.ports.published.find_object(f"/crl/{view.ca.id}/k1.crl") is not None
    with records(ctx):
        assert upload_crl(ctx, ADMIN, "Old", crl) == record
    with refuses(ctx, PolicyRefused, "crl.number"):
        upload_crl(ctx, ADMIN, "Old", root.crl([(5, None)]))


def test_uploading_needs_a_permission_and_recent_authentication(ctx: Context) -> None:
    root = ForeignCa()
    known(ctx, root)
    with refuses(ctx, Forbidden, Permission.CRL_PUBLISH):
        upload_crl(ctx, POWERLESS, "Old", root.crl())
    with refuses(ctx, FreshAuthenticationRequired, "recent authentication"):
        upload_crl(ctx, replace(ADMIN, is_fresh=False), "Old", root.crl())
