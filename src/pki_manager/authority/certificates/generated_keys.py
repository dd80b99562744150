"""End-entity keys that the server generates: held in memory, returned once, encrypted, never stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.chains import find_chains
from pki_manager.domain import algorithms
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput
from pki_manager.x509.made_key import MadeKey, make_key

MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 128


class KeyForm(StrEnum):
    """The format of a generated private key, always encrypted.

    `p12-legacy` is for software that supports only 3DES and SHA-1.
    """

    P12 = "p12"
    P12_LEGACY = "p12-legacy"
    PEM = "pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOrder:
    """A key to generate. `passphrase` encrypts the file that contains it."""

    key_type: str
    passphrase: str = field(repr=False)
    form: KeyForm = KeyForm.P12


@dataclass(frozen=True, slots=True)
class Keyed:
    """A certificate with its private key as a file: PKCS #12 or PEM. The file is None for a repeated request."""

    certificate: Certificate
    key_file: bytes | None = field(repr=False)


def make(order: KeyOrder) -> MadeKey:
    """Generate a key.

    Raises InvalidInput for an unknown key type, one that the format cannot contain, or an invalid passphrase (length,
    or characters that are not printable ASCII).
    """
    row = algorithms.get_key_type(order.key_type)
    secret = order.passphrase
    if not MIN_PASSPHRASE <= len(secret) <= MAX_PASSPHRASE or not secret.isascii() or not secret.isprintable():
        # Beyond ASCII the readers of PKCS#12 disagree on how a passphrase becomes octets.
        message = f"must have {MIN_PASSPHRASE} to {MAX_PASSPHRASE} printable ASCII characters"
        raise InvalidInput.of("passphrase", "passphrase.form", message)
    key = make_key(row)
    if order.form is not KeyForm.PEM and not key.fits_pkcs12:
        message = f"must be pem for a {row.name} key, because common software cannot read such a key from PKCS #12"
        raise InvalidInput.of("key_format", "key_format.key_type", message)
    return key


def deliver(ctx: Context, key: MadeKey, order: KeyOrder, certificate: Certificate) -> Keyed:
    """Return the certificate with its key as an encrypted file. PKCS #12 also contains the chain up to the root."""
    passphrase = order.passphrase.encode("ascii")
    if order.form is KeyForm.PEM:
        return Keyed(certificate, key.pem(passphrase))
    with ctx.ports.storage.read() as reader:
        chain = [link.der for link in find_chains(reader, certificate, ctx.ports.clock.now()).usual]
    return Keyed(certificate, key.pkcs12(chain, passphrase, legacy=order.form is KeyForm.P12_LEGACY))
