"""Sample certificates of a profile: decided, built, and linted without any CA key."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.certificates.local_keys import build_local_key_facts
from pki_manager.authority.certificates.preview import SERIAL, Preview, preview
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import build_self_issuer
from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.ca import CaState, CertificateAuthority, Issuer, IssuerKey, KeyState, StatusUrls
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints, NameKind
from pki_manager.domain.other_names import NTDS_REPLICATION, SMTP_UTF8_MAILBOX, OtherName, ValueForm
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.extensions import ExtensionType
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.remark import Remark, RemarkSeverity
from pki_manager.domain.profiles.terms import CommonName, ProfileKind, SanRule
from pki_manager.domain.request import Purpose, RequestedContents
from pki_manager.domain.rights.actor import Actor, build_system_actor
from pki_manager.policy.access import Permission, require_somewhere
from pki_manager.policy.builtin_profiles import ROOT_CA
from pki_manager.policy.decide import decide
from pki_manager.x509 import assemble, keys, names, parse, signer_key
from pki_manager.x509.prepare import draft_certificate

_ACTOR = build_system_actor("profile-check")
_ISSUER = DistinguishedName.of(("O", "Example"), ("CN", "Sample CA"))
_ISSUER_KEY = "ECDSA-P256"
_HOST = "sample.example.com"
_URL = "http://status.example.com"

_VALUES = {
    "C": "FR",
    "DC": "example",
    "emailAddress": f"sample@{_HOST}",
    "serialNumber": "1",
    "dnQualifier": "1",
    "postalCode": "75001",
    "organizationIdentifier": "VATFR-00000000000",
}
"""Sample values for attributes that do not accept every text."""


_EXTENSION_VALUES = {
    ExtensionType.BOOLEAN: "true",
    ExtensionType.INTEGER: "1",
    ExtensionType.OID: "1.3.6.1.4.1.32473.1",
    ExtensionType.OCTET_STRING: "00",
    ExtensionType.UTF8_STRING: "Sample",
    ExtensionType.IA5_STRING: "Sample",
    ExtensionType.BMP_STRING: "Sample",
    ExtensionType.SID: "S-1-5-21-1004336348-1177238915-682003330-1103",
    ExtensionType.CERTIFICATE_TEMPLATE: "1.3.6.1.4.1.32473.1:100:1",
}


def judge_samples(profile: Profile, now: datetime) -> tuple[Remark, ...]:
    """Return the refusals and lint findings of one sample certificate for each key type of the profile.

    They reveal a profile that could never issue, before it is used.
    """
    return tuple(remark for key_type in profile.key_types for remark in _judge(profile, key_type, now))


def _judge(profile: Profile, key_type: str, now: datetime) -> tuple[Remark, ...]:
    row = KEY_TYPES[key_type]
    spki = signer_key.encode_public_key(
        signer_key.get_throwaway_key(row) if row.signatures else signer_key.generate_kem_key(row)
    )
    profile = _without_fields(profile)
    subject, sans = _names_for(profile)
    issuer = _root(subject, key_type, spki, now) if profile.kind is ProfileKind.ROOT else _sample_issuer(now)
    purpose = Purpose.ENROL if profile.kind is ProfileKind.END_ENTITY else Purpose.AUTHORITY
    seen = preview(
        build_local_key_facts(spki), RequestedContents(subject=subject, sans=sans), profile, issuer, now, purpose
    )
    refused = tuple(
        Remark(RemarkSeverity.ERROR, f"sample.{key_type}", error.rule, f"would be refused: {error.message}")
        for error in seen.refusals
    )
    found = tuple(
        Remark(
            RemarkSeverity(finding.severity.value),
            f"sample.{key_type}",
            finding.rule,
            f"{finding.where}: {finding.message} ({finding.citation})",
        )
        for finding in seen.findings
    )
    return refused + found


def preview_profile(ctx: Context, actor: Actor, body: object, csr_der: bytes) -> Preview:
    """Return what a profile definition (`profile_codec`), stored or not, would issue for a CSR (PKCS #10, DER).

    The issuer is a sample CA. Errors of the definition are among the refusals. Raises InvalidInput for an invalid CSR,
    or a profile that does not accept requests.
    """
    require_somewhere(actor, Permission.PROFILE_READ)
    facts = parse.parse_csr(csr_der)
    try:
        profile = codec.from_dict(body)
    except InvalidInput as error:
        return Preview(refusals=error.errors)
    now = ctx.ports.clock.now()
    return preview(facts, RequestedContents(), _without_fields(profile), _sample_issuer(now), now, Purpose.ENROL)


def _without_fields(profile: Profile) -> Profile:
    """Return the profile with a sample value in each extension whose value requests contain."""
    extensions = tuple(
        one if one.field is None else replace(one, value=_EXTENSION_VALUES[one.type], field=None)
        for one in profile.extensions
    )
    return replace(profile, extensions=extensions) if profile.extensions else profile


def _names_for(profile: Profile) -> tuple[DistinguishedName, tuple[AlternativeName, ...]]:
    """Return a sample subject and sample SANs: everything that the profile accepts in a request, once."""
    sans = tuple(_sample_sans(profile.sans))[: profile.sans.maximum]
    sans += tuple(_numbered(sans[0], number) for number in range(profile.sans.minimum - len(sans)) if sans)
    attributes = []
    for kind in profile.subject.attributes:
        value = _VALUES.get(kind, "Sample")
        if kind == "CN" and profile.subject.common_name is CommonName.FROM_SANS:
            value = next((name.value for name in sans if name.kind in (NameKind.DNS, NameKind.IP)), "")
        if kind == "emailAddress":
            value = next((name.value for name in sans if name.kind is NameKind.EMAIL), value)
        if kind == "DC":
            attributes.append((kind, "com"))
        if value:
            attributes.append((kind, value))
    return DistinguishedName.of(*attributes), sans


def _sample_sans(rule: SanRule) -> Iterator[AlternativeName]:
    for kind in rule.kinds:
        if kind is NameKind.OTHER:
            yield from (_other(type_id, rule.permitted) for type_id in rule.other_names)
        else:
            yield _san(kind, rule.permitted)


def _other(type_id: str, permitted: tuple[AlternativeName, ...]) -> AlternativeName:
    """Return a sample otherName: a GUID for domain controllers, else a mailbox, which is valid for all other types."""
    if type_id == NTDS_REPLICATION:
        return AlternativeName(NameKind.OTHER, str(OtherName(type_id, ValueForm.DER, f"0410{'0f' * 16}")))
    text = _san(NameKind.EMAIL, permitted).value
    if type_id == SMTP_UTF8_MAILBOX:
        text = text.replace("sample", "s\u00e4mple", 1)
    return AlternativeName(NameKind.OTHER, str(OtherName(type_id, ValueForm.UTF8, text)))


def _san(kind: NameKind, permitted: tuple[AlternativeName, ...]) -> AlternativeName:
    """Return a sample name within the first permitted subtree of its kind."""
    base = next((subtree.value for subtree in permitted if subtree.kind is kind), "")
    if kind is NameKind.IP:
        return AlternativeName(kind, _address(base or "192.0.2.0/24"))
    host = f"sample{base}" if base.startswith(".") else base or _HOST
    if kind is NameKind.EMAIL and "@" not in host:
        return AlternativeName(kind, f"sample@{host}")
    return AlternativeName(kind, f"https://{host}/sample" if kind is NameKind.URI else host)


def _address(block: str) -> str:
    """Return the first address in the block that can belong to a host."""
    network = ipaddress.ip_network(block, strict=False)
    return str(network[min(1, network.num_addresses - 1)])


def _numbered(name: AlternativeName, number: int) -> AlternativeName:
    """Return another sample name like this one, for a profile that requires several."""
    if name.kind is NameKind.IP:
        return AlternativeName(name.kind, str(ipaddress.ip_address(name.value) + number + 1))
    if name.kind is NameKind.EMAIL:
        return AlternativeName(name.kind, f"sample{number}{name.value[name.value.rindex('@') :]}")
    if name.kind in (NameKind.URI, NameKind.OTHER):
        return AlternativeName(name.kind, f"{name.value}{number}")
    return AlternativeName(name.kind, f"sample{number}.{name.value}")


def _sample_issuer(now: datetime) -> Issuer:
    """Return a sample root CA with a certificate that it signed."""
    key = signer_key.generate_key(KEY_TYPES[_ISSUER_KEY])
    spki = signer_key.encode_public_key(key)
    root = _root(_ISSUER, _ISSUER_KEY, spki, now)
    facts, wanted = build_local_key_facts(spki), RequestedContents(subject=_ISSUER)
    plan = decide(facts, wanted, ROOT_CA, root, _ACTOR, now, key_history=KeyUsageHistory(), purpose=Purpose.AUTHORITY)
    draft = draft_certificate(plan, root, root.validity, SERIAL)
    der = assemble.assemble_signed(draft.tbs, draft.algorithm, signer_key.sign(key, draft.tbs, draft.algorithm))
    return replace(root, certificate_der=der, self_signed=False)


def _root(subject: DistinguishedName, key_type: str, spki: bytes, now: datetime) -> Issuer:
    second = now.replace(microsecond=0)
    period = Validity(second - timedelta(days=1), second + timedelta(days=36500))
    # Of the key, for what lint remembers it remembers of an issuer key.
    ca_id, key_id = UUID(int=1), UUID(bytes=keys.compute_subject_key_identifier(spki)[:16])
    ca = CertificateAuthority(
        id=ca_id,
        name="Sample CA",
        subject=subject,
        subject_der=names.encode_dn(subject),
        parent_id=None,
        state=CaState.ACTIVE,
        path_length=None,
        name_constraints=NameConstraints(),
        validity=period,
        created_at=now,
        owner_id=None,
        team_id=None,
    )
    key = IssuerKey(
        id=key_id,
        ca_id=ca_id,
        number=1,
        backend="",
        backend_key_id="",
        key_type=key_type,
        signature_algorithm=KEY_TYPES[key_type].signature.name,
        state=KeyState.CURRENT,
        spki_der=spki,
        subject_key_identifier=keys.compute_subject_key_identifier(spki),
        name_hash_sha1=b"",
        name_hash_sha256=b"",
        key_hash_sha1=b"",
        key_hash_sha256=b"",
        ocsp_key_id="",
        urls=StatusUrls(crl=f"{_URL}/crl/sample.crl", ocsp=f"{_URL}/ocsp", certificate=f"{_URL}/ca/sample.cer"),
        crl_number=0,
        created_at=now,
    )
    return build_self_issuer(ca, key, period)
