"""Values of general messages (RFC 9810 §5.3.19, RFC 9483 §4.3)."""

from __future__ import annotations

from functools import lru_cache

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily, KeyType
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.profiles.profile import Profile
from pki_manager.x509 import names
from pki_manager.x509.asn1 import der
from pki_manager.x509.signer_key import encode_public_key, get_throwaway_key

_ALGORITHM, _RSA_LENGTH = "1.3.6.1.5.5.7.5.1.11", "1.3.6.1.5.5.7.5.1.12"


def encode_root_update(new: bytes, new_with_old: bytes | None, old_with_new: bytes | None) -> bytes:
    """Return RootCaKeyUpdateValue (DER): the new root certificate, and the certificates that link it to the old."""
    links = ((0xA0, new_with_old), (0xA1, old_with_new))
    return der.encode_sequence(new, *(der.encode(tag, link) for tag, link in links if link is not None))


def encode_template(profile: Profile) -> bytes:
    """Return CertReqTemplateValue (DER): the subject attributes of the profile, and its types of signing keys."""
    fixed = DistinguishedName.of(*((one.type, one.value) for one in profile.subject.fixed))
    subject = [der.encode(0xA5, names.encode_dn(fixed))] if profile.subject.fixed else []
    rows = (KEY_TYPES[name] for name in profile.key_types)
    specified = [_key_specification(row) for row in rows if row.signatures]
    key_specification = [der.encode_sequence(*specified)] if specified else []
    return der.encode_sequence(der.encode_sequence(*subject), *key_specification)


@lru_cache(maxsize=64)
def _key_specification(row: KeyType) -> bytes:
    """Return the control for one key type: rsaKeyLen for RSA, algId for all others."""
    if row.family is KeyFamily.RSA:
        return der.encode_sequence(der.oid(_RSA_LENGTH), der.integer(row.size))
    algorithm = der.read_children(encode_public_key(get_throwaway_key(row)))[0]
    return der.encode_sequence(der.oid(_ALGORITHM), algorithm)
