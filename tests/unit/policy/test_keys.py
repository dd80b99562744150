"""Public keys."""

from dataclasses import replace

import pytest

from pki_manager.domain.algorithms import Use, list_signing_key_types
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.profiles.terms import KeyReuse
from pki_manager.domain.request import Purpose, RequestFacts
from pki_manager.policy.builtin_profiles import ISSUING_CA, OCSP_RESPONDER, ROOT_CA, TLS_CLIENT, TLS_SERVER
from tests.unit.policy.cases import facts, key, plan, refusals, root_facts, root_issuer


@pytest.mark.parametrize("name", list_signing_key_types(Use.LEAF))
def test_every_key_type_of_the_table_is_accepted_by_tls_server(name):
    assert plan(facts(key=key(name))).key_type == name


@pytest.mark.parametrize("profile", [TLS_SERVER, TLS_CLIENT, OCSP_RESPONDER, ISSUING_CA], ids=lambda p: p.name)
@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.ROLLOVER])
def test_key_01_rsa_1024_is_refused_by_every_path(profile, purpose):
    assert ("key", "key.known") in refusals(facts(key=key(None)), profile=profile, purpose=purpose)


def test_key_01_rsa_1024_is_refused_for_roots():
    weak = replace(root_facts(), key=key(None, spki_der=root_issuer().key.spki_der))
    found = refusals(weak, profile=ROOT_CA, by=root_issuer(), purpose=Purpose.AUTHORITY)
    assert found == {("key", "key.known")}


def test_only_key_types_of_the_profile_are_accepted():
    strict = replace(TLS_SERVER, key_types=("ECDSA-P256", "RSA-2048"))
    assert plan(profile=strict)
    assert refusals(facts(key=key("ECDSA-P384")), profile=strict) == {("key", "key.profile")}


@pytest.mark.parametrize("exponent", [65537, 65539, (1 << 256) - 1])
def test_exponents_within_fips_186_5_pass(exponent):
    assert plan(facts(key=key("RSA-2048", rsa_exponent=exponent)))


@pytest.mark.parametrize("exponent", [1, 3, 17, 65535, 65536, 65538, (1 << 256) + 1])
def test_exponents_outside_fips_186_5_are_refused(exponent):
    assert refusals(facts(key=key("RSA-2048", rsa_exponent=exponent))) == {("key", "key.exponent")}


def test_a_modulus_with_a_small_factor_is_refused():
    assert refusals(facts(key=key("RSA-2048", rsa_small_factor=3))) == {("key", "key.small_factor")}


def test_key_04_close_primes_are_refused():
    assert refusals(facts(key=key("RSA-2048", rsa_close_primes=True))) == {("key", "key.close_primes")}


def test_key_06_the_roca_fingerprint_is_refused():
    assert refusals(facts(key=key("RSA-2048", rsa_roca=True))) == {("key", "key.roca")}


def test_key_09_a_point_of_small_order_is_refused():
    assert refusals(facts(key=key("Ed25519", unsafe_point=True))) == {("key", "key.low_order")}
    assert plan(facts(key=key("Ed25519", unsafe_point=False)))


@pytest.mark.parametrize("profile", [TLS_SERVER, TLS_CLIENT, OCSP_RESPONDER, ISSUING_CA], ids=lambda p: p.name)
def test_key_07_a_blocked_key_is_refused_for_everything(profile):
    blocked = KeyUsageHistory(blocked="somebody lost it")
    found = refusals(facts(), profile=profile, purpose=Purpose.AUTHORITY, key_history=blocked)
    assert ("key", "key.blocked") in found


CA_KEY, OCSP_KEY = KeyUsageHistory(is_a_cas=True), KeyUsageHistory(is_an_ocsp_signers=True)


@pytest.mark.parametrize("key_history", [CA_KEY, OCSP_KEY], ids=["of a CA", "of an OCSP signer"])
@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.ROLLOVER])
def test_key_12_the_key_of_a_ca_or_an_ocsp_signer_serves_no_end_entity(key_history, purpose):
    assert refusals(facts(), purpose=purpose, key_history=key_history) == {("key", "key.authority")}


def test_key_12_each_keeps_its_own_purpose():
    named = RequestFacts.of_key(key(), DistinguishedName.of(("CN", "Responder")))
    own = Purpose.AUTHORITY
    assert plan(named, profile=OCSP_RESPONDER, purpose=own, key_history=OCSP_KEY)
    assert plan(named, profile=ISSUING_CA, purpose=own, key_history=CA_KEY)
    assert refusals(named, profile=OCSP_RESPONDER, purpose=own, key_history=CA_KEY) == {("key", "key.authority")}
    assert refusals(named, profile=ISSUING_CA, purpose=own, key_history=OCSP_KEY) == {("key", "key.authority")}


@pytest.mark.parametrize(
    ("rule", "owners", "fits"),
    [
        (KeyReuse.ALLOW, {"token:1", "token:2"}, True),
        (KeyReuse.SAME_OWNER, {"token:1"}, True),
        (KeyReuse.SAME_OWNER, {"token:1", "token:2"}, False),
        (KeyReuse.SAME_OWNER, {"token:2"}, False),
        (KeyReuse.SAME_OWNER, set(), True),
        (KeyReuse.REFUSE, {"token:1"}, False),
        (KeyReuse.REFUSE, set(), True),
    ],
)
def test_a_key_is_certified_again_as_the_profile_says(rule, owners, fits):
    profile, key_history = replace(TLS_SERVER, key_reuse=rule), KeyUsageHistory(owners=frozenset(owners))
    if fits:
        assert plan(profile=profile, key_history=key_history)
    else:
        assert refusals(profile=profile, key_history=key_history) == {("key", "key.reuse")}


def test_all_reasons_against_a_key_are_told():
    bad = key("RSA-2048", rsa_exponent=3, rsa_small_factor=5, rsa_close_primes=True, rsa_roca=True)
    assert refusals(facts(key=bad)) == {
        ("key", "key.exponent"),
        ("key", "key.small_factor"),
        ("key", "key.close_primes"),
        ("key", "key.roca"),
    }


@pytest.mark.parametrize("name", ["sha224", "sha256", "SHA384", "sha512", "sha3-256", None])
def test_csr_signatures_over_sound_hashes_pass(name):
    assert plan(facts(signature_hash=name))


@pytest.mark.parametrize("name", ["md2", "md4", "md5", "sha1", "SHA1", "ripemd160", ""])
def test_csr_signatures_over_weak_or_unknown_hashes_are_refused(name):
    assert refusals(facts(signature_hash=name)) == {("csr", "csr.signature_hash")}


def test_the_issuers_own_key_is_refused():
    own = root_issuer().key.spki_der
    assert refusals(facts(key=key(spki_der=own))) == {("key", "key.issuer")}


def test_a_root_certifies_its_own_key_only():
    other = replace(root_facts(), key=key(spki_der=b"another key"))
    assert refusals(other, profile=ROOT_CA, by=root_issuer(), purpose=Purpose.AUTHORITY) == {("key", "key.issuer")}
