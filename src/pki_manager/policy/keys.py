"""Checks of public keys: the profile must accept their type, and they must not be known to be weak."""

from __future__ import annotations

from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import KeyReuse, ProfileKind
from pki_manager.domain.request import KeyFacts, Purpose
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.reasons import Findings

# An allow-list: a hash function of unknown strength does not prove possession of the key.
_HASHES = frozenset({"sha224", "sha256", "sha384", "sha512", "sha3-224", "sha3-256", "sha3-384", "sha3-512"})


def judge_key(key: KeyFacts, allowed: tuple[str, ...], findings: Findings) -> None:
    """Add every reason not to certify a key to the findings. `allowed` are the key types of the profile."""
    if key.name is None:
        findings.refuse("key", "key.known", f"must be of a supported key type, not {key.description}")
    elif key.name not in allowed:
        findings.refuse("key", "key.profile", f"must be of type {', '.join(allowed)}, not {key.name}")
    if key.rsa_exponent is not None and not _exponent_fits(key.rsa_exponent):
        findings.refuse("key", "key.exponent", "must have an odd public exponent of at least 65537 and below 2^256")
    if key.rsa_small_factor is not None:
        findings.refuse(
            "key",
            "key.small_factor",
            f"must have a modulus without small factors; it is divisible by {key.rsa_small_factor}",
        )
    if key.rsa_close_primes:
        findings.refuse("key", "key.close_primes", "must not have primes so close that Fermat's method finds them")
    if key.rsa_roca:
        findings.refuse("key", "key.roca", "must not have the ROCA fingerprint, because its primes can be computed")
    if key.unsafe_point:
        findings.refuse("key", "key.low_order", "must not be a point of small order, and must be in canonical form")


def judge_key_usage(
    key_history: KeyUsageHistory, profile: Profile, actor: Actor, purpose: Purpose, findings: Findings
) -> None:
    """Refuse a key that is blocked, belongs to a CA or an OCSP signer, or already has a certificate of another owner.

    How far keys can be reused depends on the profile. A requester who can have a request signed with a CA's key could
    have that key sign anything.
    """
    if key_history.blocked is not None:
        findings.refuse("key", "key.blocked", f"must not be a blocked key: {key_history.blocked}")
    own = purpose is not Purpose.ENROL
    if key_history.is_a_cas and not (own and profile.is_ca()):
        findings.refuse("key", "key.authority", "must not be the key of a CA")
    if key_history.is_an_ocsp_signers and not (own and profile.kind is ProfileKind.OCSP_RESPONDER):
        findings.refuse("key", "key.authority", "must not be the key of an OCSP signing certificate")
    if profile.key_reuse is KeyReuse.REFUSE and key_history.owners:
        findings.refuse("key", "key.reuse", "must not have a certificate already; generate a new key")
    if profile.key_reuse is KeyReuse.SAME_OWNER and key_history.owners - {actor.owner}:
        findings.refuse("key", "key.reuse", "must not have a certificate of another owner")


def judge_signature_hash(name: str | None, findings: Findings) -> None:
    """Refuse a request whose own signature uses a weak hash.

    `name` is None if the scheme has no separate hash, or the request is unsigned.
    """
    if name is not None and name.lower() not in _HASHES:
        findings.refuse("csr", "csr.signature_hash", f"must not be proved by a request signed with {name.upper()}")


def _exponent_fits(exponent: int) -> bool:
    return exponent % 2 == 1 and 65537 <= exponent < 1 << 256
