"""The standing profiles, stated literally."""

from pki_manager.domain.names import NameKind
from pki_manager.domain.profile import CommonName, ProfileKind
from pki_manager.policy.standing import ISSUING_CA, OCSP_RESPONDER, ROOT_CA, STANDING, TLS_CLIENT, TLS_SERVER

EVERY_KEY = ("RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384", "ECDSA-P521", "Ed25519")


def test_the_five_by_name_and_kind():
    assert {(profile.name, profile.kind) for profile in STANDING} == {
        ("tls-server", ProfileKind.END_ENTITY),
        ("tls-client", ProfileKind.END_ENTITY),
        ("ocsp-responder", ProfileKind.OCSP_RESPONDER),
        ("issuing-ca", ProfileKind.CA),
        ("root-ca", ProfileKind.ROOT),
    }
    assert {profile.version for profile in STANDING} == {1}


def test_lifetimes():
    found = {p.name: (str(p.validity.default), str(p.validity.maximum), str(p.validity.backdate)) for p in STANDING}
    assert found == {
        "tls-server": ("P90D", "P398D", "PT1M"),
        "tls-client": ("P90D", "P398D", "PT1M"),
        "ocsp-responder": ("P30D", "P90D", "PT1M"),
        "issuing-ca": ("P5Y", "P10Y", "PT1M"),
        "root-ca": ("P10Y", "P25Y", "PT1M"),
    }


def test_usages():
    found = {p.name: (p.key_usage, p.key_usage_rsa, p.extended_key_usage) for p in STANDING}
    assert found == {
        "tls-server": (("digitalSignature",), ("keyEncipherment",), ("1.3.6.1.5.5.7.3.1",)),
        "tls-client": (("digitalSignature",), (), ("1.3.6.1.5.5.7.3.2",)),
        "ocsp-responder": (("digitalSignature",), (), ("1.3.6.1.5.5.7.3.9",)),
        "issuing-ca": (("keyCertSign", "cRLSign"), (), ()),
        "root-ca": (("keyCertSign", "cRLSign"), (), ()),
    }


def test_names():
    assert TLS_SERVER.sans.kinds == (NameKind.DNS, NameKind.IP)
    assert (TLS_SERVER.sans.minimum, TLS_SERVER.sans.wildcards) == (1, True)
    assert TLS_SERVER.subject.attributes == ("C", "ST", "L", "O", "OU", "CN", "serialNumber")
    assert TLS_SERVER.subject.common_name is CommonName.FROM_SANS
    assert TLS_CLIENT.sans.kinds == (NameKind.DNS, NameKind.EMAIL, NameKind.URI)
    assert not TLS_CLIENT.sans.wildcards
    assert {p.sans.kinds for p in (OCSP_RESPONDER, ISSUING_CA, ROOT_CA)} == {()}


def test_pointers():
    found = {p.name: (p.crl_pointer, p.ocsp_pointer, p.ocsp_nocheck) for p in STANDING}
    assert found == {
        "tls-server": (True, True, False),
        "tls-client": (True, True, False),
        "ocsp-responder": (False, False, True),
        "issuing-ca": (True, True, False),
        "root-ca": (False, False, False),
    }


def test_path_lengths():
    assert (ISSUING_CA.path_length, ROOT_CA.path_length) == (0, None)


def test_key_types():
    assert {profile.key_types for profile in STANDING} == {EVERY_KEY}
