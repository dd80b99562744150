"""Existing CAs: checked, imported, and taken over."""

from __future__ import annotations

from pki_manager.authority.cas.check_import import check_import
from pki_manager.authority.cas.import_ca import ImportCa, import_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CaState
from pki_manager.domain.errors import Forbidden, InvalidInput
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.foreign_ca import ForeignCa
from tests.support.memory.events import POWERLESS, records, refuses


def test_an_imported_ca_is_external(ctx: Context) -> None:
    command = ImportCa(name="Old", chain=ForeignCa().chain_pem)
    with records(ctx):
        check_import(ctx, ADMIN, command, None, [])
    with records(ctx, "ca.imported"):
        imported, replayed = import_ca(ctx, ADMIN, command)
    assert (imported.ca.name, imported.state, replayed) == ("Old", CaState.EXTERNAL, False)


def test_something_else_than_a_chain_is_refused(ctx: Context) -> None:
    with refuses(ctx, InvalidInput, "chain"):
        import_ca(ctx, ADMIN, ImportCa(name="Old", chain="no certificate"))
    with refuses(ctx, Forbidden, Permission.CA_CREATE):
        import_ca(ctx, POWERLESS, ImportCa(name="Old", chain=""))
