"""Custom extensions of a profile in real certificates, read by OpenSSL and pkilint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.profiles import create, hash_definition
from pki_manager.authority.kernel.context import Context
from pki_manager.domain import renames
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput, LintRefused
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.extensions import (
    CERTIFICATE_TEMPLATE,
    SECURITY_IDENTIFIER,
    TEMPLATE_NAME,
    CustomExtension,
    ExtensionType,
)
from pki_manager.domain.profiles.remark import RemarkSeverity
from pki_manager.domain.profiles.terms import LintException
from pki_manager.policy.builtin_profiles import TLS_SERVER
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.x509 import export
from pki_manager.x509.decode import decode_objects
from tests.judges import pkilint
from tests.judges.services import require, run
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

OWN = "1.3.6.1.4.1.32473.1"
SID = "S-1-5-21-1004336348-1177238915-682003330-1103"
HALL = "Halle 3, Süd".encode().hex().upper()
EXTENSIONS = (
    CustomExtension(f"{OWN}.1", ExtensionType.UTF8_STRING, "Halle 3, Süd"),
    CustomExtension(f"{OWN}.2", ExtensionType.INTEGER, "4096"),
    CustomExtension(f"{OWN}.3", ExtensionType.DER, "30030101ff"),
    CustomExtension(SECURITY_IDENTIFIER, ExtensionType.SID, SID),
    CustomExtension(CERTIFICATE_TEMPLATE, ExtensionType.CERTIFICATE_TEMPLATE, "1.3.6.1.4.1.311.21.8.1.2:100:5"),
    CustomExtension(TEMPLATE_NAME, ExtensionType.BMP_STRING, "DomainController"),
)


def definition(*extensions: CustomExtension, **changes: Any) -> dict[str, Any]:
    return codec.to_dict(replace(TLS_SERVER, name="web", key_types=("ECDSA-P256",), extensions=extensions, **changes))


def issue(ctx: Context, name: str = "www.example.com") -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="web", csr=make_csr(name)))[0]


def own(der: bytes) -> list[tuple[str, bool, bytes]]:
    found = x509.load_der_x509_certificate(der).extensions
    return [
        (one.oid.dotted_string, one.critical, one.value.value)
        for one in found
        if isinstance(one.value, x509.UnrecognizedExtension)
    ]


def test_openssl_and_pkilint_read_the_extensions_that_a_profile_adds(ctx: Context, tmp_path: Path) -> None:
    create(ctx, ADMIN, definition(*EXTENSIONS))
    leaf = issue(ctx)
    pem = tmp_path / "leaf.pem"
    pem.write_text(export.encode_certificate_pem(leaf.der))
    text = run([require("openssl"), "x509", "-in", pem, "-noout", "-text"]).stdout
    for shown in (f"{OWN}.1:", f"{OWN}.2:", f"{OWN}.3:", SID):
        assert shown in text
    parsed = run([require("openssl"), "asn1parse", "-in", pem]).stdout
    for shown in (f":{OWN}.1", "[HEX DUMP]:02021000", "[HEX DUMP]:30030101FF", f"[HEX DUMP]:0C0D{HALL}"):
        assert shown in parsed
    assert pkilint.certificate(pem) == []


def test_the_extensions_are_shown_by_name_with_their_values(ctx: Context) -> None:
    create(ctx, ADMIN, definition(*EXTENSIONS))
    (shown,) = decode_objects(issue(ctx).der)
    values = {extension.name: extension.value for extension in shown.extensions}
    assert values["szOID_NTDS_CA_SECURITY_EXT"] == [f"SID:{SID}"]
    assert values["certificateTemplate"] == {
        "template": "1.3.6.1.4.1.311.21.8.1.2",
        "major_version": "100",
        "minor_version": "5",
    }
    assert values["enrollCerttypeExtension"] == "DomainController"
    assert values[f"{OWN}.2"] == "02021000"


def test_a_value_that_is_not_der_is_refused_with_its_field(ctx: Context) -> None:
    body = definition(CustomExtension(OWN, ExtensionType.DER, "0c0561"))
    with pytest.raises(LintRefused) as caught:
        create(ctx, ADMIN, body)
    assert [(error.field, error.rule) for error in caught.value.errors] == [("extensions.0.value", "der.length")]
    (remark,) = [one for one in profiles.check(ctx, ADMIN, body) if one.severity is RemarkSeverity.ERROR]
    assert remark.field == "extensions.0.value"


def test_lint_refuses_a_critical_extension_that_clients_do_not_know(ctx: Context) -> None:
    extension = CustomExtension(OWN, ExtensionType.BOOLEAN, "true", critical=True)
    with pytest.raises(LintRefused) as caught:
        create(ctx, ADMIN, definition(extension))
    assert "certificate.extension_critical_known" in {error.rule for error in caught.value.errors}
    exception = LintException("certificate.extension_critical_known", "Only the door locks read it")
    create(ctx, ADMIN, definition(extension, lint_exceptions=(exception,)))
    assert own(issue(ctx).der) == [(OWN, True, b"\x01\x01\xff")]


def test_lint_refuses_the_der_of_a_windows_extension_that_windows_cannot_decode(ctx: Context) -> None:
    body = definition(CustomExtension(SECURITY_IDENTIFIER, ExtensionType.DER, "0403532d31"))
    with pytest.raises(LintRefused) as caught:
        create(ctx, ADMIN, body)
    assert "certificate.windows_extensions" in {error.rule for error in caught.value.errors}


def test_a_new_version_issues_its_own_values_and_the_plan_contains_them(ctx: Context) -> None:
    create(ctx, ADMIN, definition(CustomExtension(OWN, ExtensionType.INTEGER, "1")))
    first = issue(ctx)
    body = definition(CustomExtension(OWN, ExtensionType.INTEGER, "2"))
    profiles.update(ctx, ADMIN, "web", {**body, "version": 1})
    second = issue(ctx, "www2.example.com")
    assert own(first.der) == [(OWN, False, b"\x02\x01\x01")]
    assert own(second.der) == [(OWN, False, b"\x02\x01\x02")]


def test_the_profile_digest_covers_extensions_and_is_unchanged_without_them(ctx: Context) -> None:
    plain = codec.to_dict(replace(TLS_SERVER, version=1))
    del plain["extensions"]
    former = json.dumps(renames.to_former(plain), sort_keys=True, separators=(",", ":"))
    assert hash_definition(TLS_SERVER) == hashlib.sha256(former.encode()).hexdigest()
    extended = create(ctx, ADMIN, definition(EXTENSIONS[0])).value
    with ctx.ports.storage.read() as reader:
        (event,) = reader.audit.page(AuditFilter(action="profile.created", object_id="web"), None, 10).items
    assert json.loads(event.body)["details"]["definition_sha256"] == hash_definition(extended)
    assert hash_definition(extended) != hash_definition(replace(extended, extensions=()))
    assert hash_definition(extended) != hash_definition(replace(extended, extensions=(EXTENSIONS[1],)))


def test_an_oid_that_the_server_sets_is_refused(ctx: Context) -> None:
    with pytest.raises(InvalidInput) as caught:
        create(ctx, ADMIN, {**definition(), "extensions": [{"oid": "2.5.29.19", "type": "DER", "value": "3000"}]})
    assert {error.field for error in caught.value.errors} == {"extensions.0.oid"}
