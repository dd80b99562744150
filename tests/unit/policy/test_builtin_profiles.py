"""The standing profiles, stated literally."""

from pki_manager.domain.algorithms import Use, list_signing_key_types
from pki_manager.domain.names import NameKind
from pki_manager.domain.profiles.terms import CommonName, Criticality, ProfileKind, ProfileState
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES, ISSUING_CA, ROOT_CA

BY_NAME = {profile.name: profile for profile in BUILTIN_PROFILES}


def test_by_name_and_kind():
    assert {name: profile.kind for name, profile in BY_NAME.items()} == {
        "tls-server": ProfileKind.END_ENTITY,
        "tls-client": ProfileKind.END_ENTITY,
        "tls-mutual": ProfileKind.END_ENTITY,
        "code-signing": ProfileKind.END_ENTITY,
        "email": ProfileKind.END_ENTITY,
        "timestamping": ProfileKind.END_ENTITY,
        "document-signing": ProfileKind.END_ENTITY,
        "device": ProfileKind.END_ENTITY,
        "802.1x-client": ProfileKind.END_ENTITY,
        "domain-controller": ProfileKind.END_ENTITY,
        "short-lived": ProfileKind.END_ENTITY,
        "ocsp-responder": ProfileKind.OCSP_RESPONDER,
        "scep-ra": ProfileKind.REGISTRATION_AUTHORITY,
        "cmp-responder": ProfileKind.REGISTRATION_AUTHORITY,
        "issuing-ca": ProfileKind.CA,
        "cross-ca": ProfileKind.CA,
        "root-ca": ProfileKind.ROOT,
    }
    assert len(BUILTIN_PROFILES) == len(BY_NAME)
    assert {(profile.version, profile.state) for profile in BUILTIN_PROFILES} == {(1, ProfileState.ACTIVE)}


def test_lifetimes():
    found = {
        p.name: (str(p.validity.default), str(p.validity.maximum), str(p.validity.backdate)) for p in BUILTIN_PROFILES
    }
    assert found == {
        "tls-server": ("P90D", "P398D", "PT1M"),
        "tls-client": ("P90D", "P398D", "PT1M"),
        "tls-mutual": ("P90D", "P398D", "PT1M"),
        "code-signing": ("P1Y", "P3Y", "PT1M"),
        "email": ("P1Y", "P2Y", "PT1M"),
        "timestamping": ("P3Y", "P10Y", "PT1M"),
        "document-signing": ("P1Y", "P3Y", "PT1M"),
        "device": ("P1Y", "P3Y", "PT1M"),
        "802.1x-client": ("P1Y", "P2Y", "PT1M"),
        "domain-controller": ("P365D", "P398D", "PT1M"),
        "short-lived": ("P1D", "P7D", "PT1M"),
        "ocsp-responder": ("P30D", "P90D", "PT1M"),
        "scep-ra": ("P1Y", "P2Y", "PT1M"),
        "cmp-responder": ("P90D", "P366D", "PT1M"),
        "issuing-ca": ("P5Y", "P10Y", "PT1M"),
        "cross-ca": ("P5Y", "P25Y", "PT1M"),
        "root-ca": ("P10Y", "P25Y", "PT1M"),
    }


def test_usages():
    sign, encipher = ("digitalSignature",), ("keyEncipherment",)
    server, client = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
    assert {p.name: (p.key_usage, p.key_usage_rsa, p.key_usage_ec, p.extended_key_usage) for p in BUILTIN_PROFILES} == {
        "tls-server": (sign, encipher, (), (server,)),
        "tls-client": (sign, (), (), (client,)),
        "tls-mutual": (sign, encipher, (), (server, client)),
        "code-signing": (sign, (), (), ("1.3.6.1.5.5.7.3.3",)),
        "email": (sign, encipher, ("keyAgreement",), ("1.3.6.1.5.5.7.3.4",)),
        "timestamping": (sign, (), (), ("1.3.6.1.5.5.7.3.8",)),
        "document-signing": ((*sign, "contentCommitment"), (), (), ("1.3.6.1.5.5.7.3.36",)),
        "device": (sign, (), (), (client,)),
        "802.1x-client": (sign, (), (), (client,)),
        "domain-controller": (
            sign,
            encipher,
            (),
            (server, client, "1.3.6.1.5.2.3.5", "1.3.6.1.4.1.311.20.2.2"),
        ),
        "short-lived": (sign, encipher, (), (server, client)),
        "ocsp-responder": (sign, (), (), ("1.3.6.1.5.5.7.3.9",)),
        "scep-ra": (sign, encipher, (), ("1.3.6.1.5.5.7.3.28",)),
        "cmp-responder": (sign, (), (), ("1.3.6.1.5.5.7.3.28",)),
        "issuing-ca": (("keyCertSign", "cRLSign"), (), (), ()),
        "cross-ca": (("keyCertSign", "cRLSign"), (), (), ()),
        "root-ca": (("keyCertSign", "cRLSign"), (), (), ()),
    }


def test_only_time_stamping_makes_the_purpose_critical():
    """RFC 3161 §2.3."""
    usual = (Criticality.KEY_USAGE,)
    found = {p.name: p.critical for p in BUILTIN_PROFILES if p.critical != usual}
    assert found == {"timestamping": (*usual, Criticality.EXTENDED_KEY_USAGE)}


def test_names():
    dns, ip, email, uri, other = NameKind.DNS, NameKind.IP, NameKind.EMAIL, NameKind.URI, NameKind.OTHER
    assert {p.name: (p.sans.kinds, p.sans.minimum, p.sans.wildcards) for p in BUILTIN_PROFILES} == {
        "tls-server": ((dns, ip), 1, True),
        "tls-client": ((dns, email, uri), 0, False),
        "tls-mutual": ((dns, ip, uri), 1, False),
        "code-signing": ((email, uri), 0, False),
        "email": ((email,), 1, False),
        "timestamping": ((), 0, False),
        "document-signing": ((email,), 0, False),
        "device": ((dns, ip, uri), 0, False),
        "802.1x-client": ((dns, email, other), 1, False),
        "domain-controller": ((dns, other), 1, False),
        "short-lived": ((dns, ip, uri), 1, False),
        "ocsp-responder": ((), 0, False),
        "scep-ra": ((), 0, False),
        "cmp-responder": ((), 0, False),
        "issuing-ca": ((), 0, False),
        "cross-ca": ((), 0, False),
        "root-ca": ((), 0, False),
    }


def test_subjects():
    plain = ("C", "ST", "L", "O", "OU", "CN", "serialNumber")
    person = (*plain, "GN", "SN", "title", "pseudonym", "emailAddress")
    assert {p.name: (p.subject.attributes, p.subject.required) for p in BUILTIN_PROFILES} == {
        "tls-server": (plain, ()),
        "tls-client": ((*plain, "emailAddress", "UID"), ()),
        "tls-mutual": (plain, ()),
        "code-signing": (plain, ("CN",)),
        "email": (person, ()),
        "timestamping": (plain, ("CN",)),
        "document-signing": (person, ("CN",)),
        "device": ((*plain, "UID", "dnQualifier"), ("CN",)),
        "802.1x-client": (plain, ()),
        "domain-controller": (plain, ()),
        "short-lived": (plain, ()),
        "ocsp-responder": (plain, ("CN",)),
        "scep-ra": (plain, ("CN",)),
        "cmp-responder": (plain, ("CN",)),
        "issuing-ca": ((*plain, "DC"), ("CN",)),
        "cross-ca": ((*plain, "DC"), ("CN",)),
        "root-ca": ((*plain, "DC"), ("CN",)),
    }
    from_sans = {p.name for p in BUILTIN_PROFILES if p.subject.common_name is CommonName.FROM_SANS}
    assert from_sans == {"tls-server", "tls-mutual", "short-lived", "802.1x-client", "domain-controller"}


def test_status():
    told = (True, True, False, False)
    found = {p.name: (p.include_crl_url, p.include_ocsp_url, p.ocsp_nocheck, p.no_rev_avail) for p in BUILTIN_PROFILES}
    assert {name: status for name, status in found.items() if status != told} == {
        "short-lived": (False, False, False, True),
        "ocsp-responder": (False, False, True, False),
        "root-ca": (False, False, False, False),
    }


def test_path_lengths():
    assert (ISSUING_CA.path_length, ROOT_CA.path_length) == (0, None)


def test_key_types():
    others = {p.key_types for p in BUILTIN_PROFILES if p.name not in ("scep-ra", "domain-controller")}
    assert others == {list_signing_key_types(Use.CA)}
    windows = ("RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384")
    assert BY_NAME["domain-controller"].key_types == windows
    (ra,) = (profile for profile in BUILTIN_PROFILES if profile.name == "scep-ra")
    assert ra.key_types == ("RSA-2048", "RSA-3072", "RSA-4096")


def test_extensions_and_other_names():
    """The domain controller's template name is what Windows looks for in certificates of other CAs."""
    found = {p.name: [(e.oid, e.type, e.value) for e in p.extensions] for p in BUILTIN_PROFILES if p.extensions}
    assert found == {"domain-controller": [("1.3.6.1.4.1.311.20.2", "BMPString", "DomainController")]}
    assert {p.name: p.sans.other_names for p in BUILTIN_PROFILES if p.sans.other_names} == {
        "802.1x-client": ("1.3.6.1.4.1.311.20.2.3",),
        "domain-controller": ("1.3.6.1.4.1.311.25.1",),
    }
