"""CAs in paths of enrollment protocols, and EST labels: plain, and never taken over by a newer CA."""

from __future__ import annotations

import pytest

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.enrollment.labels import format_label, get_ca_of_part, list_ca_paths, parse_label
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import NotFound
from tests.support.factories import ADMIN


def test_a_label_names_a_ca_and_a_profile(ctx: Context) -> None:
    with ctx.ports.storage.read() as reader:
        ca, profile = parse_label(reader, "issuing-ca.tls-server")
        assert (ca.name, profile) == ("Issuing CA", "tls-server")
        assert list_ca_paths(reader)[ca.id].part == "issuing-ca"
        for name in ("issuing-ca", "Issuing CA", str(ca.id)):
            assert parse_label(reader, format_label(name, "tls-server")) == (ca, "tls-server")


def test_a_label_names_a_profile_whose_name_has_a_period(ctx: Context) -> None:
    with ctx.ports.storage.read() as reader:
        label = parse_label(reader, format_label("issuing-ca", "802.1x-client"))
        assert (label.ca.name, label.profile) == ("Issuing CA", "802.1x-client")
        with pytest.raises(NotFound, match=r"EST label .* not found"):
            parse_label(reader, "issuing-ca.a.b.c")


@pytest.mark.parametrize("label", ["", ".", "tls-server", ".tls-server", "no-such-ca.tls-server", "issuing-ca"])
def test_a_label_of_no_ca_is_not_found(ctx: Context, label: str) -> None:
    with ctx.ports.storage.read() as reader, pytest.raises(NotFound, match=r"EST label .* not found"):
        parse_label(reader, label)


def test_a_newer_ca_does_not_take_over_the_part_of_an_older_one(ctx: Context) -> None:
    new = CreateCa(name="issuing-ca", subject="CN=Newer", key_type="ECDSA-P256", parent="Root CA")
    newer = create_ca(ctx, ADMIN, new)[0].ca
    with ctx.ports.storage.read() as reader:
        assert get_ca_of_part(reader, "issuing-ca").name == "Issuing CA"
        assert list_ca_paths(reader)[newer.id].part == str(newer.id)
        assert get_ca_of_part(reader, str(newer.id)).id == newer.id
