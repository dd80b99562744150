"""Permissions of grants, as the database stores them."""

from __future__ import annotations

from pki_manager.domain.rights.permission import Permission
from pki_manager.storage.encoding.scopes import permissions_from_json


def test_permissions_of_a_newer_version_are_ignored() -> None:
    assert permissions_from_json('["certificate:read", "later:do"]') == {Permission.CERTIFICATE_READ}
    assert permissions_from_json('["later:do"]') == frozenset()
