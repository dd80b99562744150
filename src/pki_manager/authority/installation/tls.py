"""The TLS certificate of the server: issued like any other, renewed early, stored with its key in one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.initialize import get_issuing_name
from pki_manager.authority.kernel import durable_file
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import get_home
from pki_manager.authority.signing.chains import drop_root, find_chains
from pki_manager.domain.ca import CaState, CertificateAuthority
from pki_manager.domain.certificate import Certificate, Validity
from pki_manager.domain.errors import Conflict, PkiError
from pki_manager.domain.events.cas import TlsCertificateRenewed
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import export, parse, pem
from pki_manager.x509.csr import make_csr

PROFILE = "tls-server"
KEY_TYPE = "ECDSA-P256"
FILE_NAME = "server.pem"
TLS_FOLDER = "tls"
"""Name of the subdirectory of the data directory that contains the TLS file."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The paths of the certificate chain and the private key (both PEM): the same file, so that they always match.

    `password` decrypts the key (PKCS #8, PBES2).
    """

    certificate: Path
    key: Path
    password: bytes = field(repr=False)


def get_tls_files(directory: Path, password: bytes) -> TlsFiles:
    """Return the paths that `ensure_tls_certificate` uses. The file may not exist yet."""
    return TlsFiles(directory / FILE_NAME, directory / FILE_NAME, password)


def find_tls_validity(ctx: Context) -> Validity | None:
    """Return the validity of the certificate in this host's TLS file; None if the file is missing or unreadable."""
    try:
        content = (get_home(ctx) / TLS_FOLDER / FILE_NAME).read_bytes()
        der = next(iter(pem.read_some(content, pem.CERTIFICATE, "certificate")), b"")
        return parse.parse_certificate(der).validity
    except (OSError, PkiError):
        return None


def ensure_tls_certificate(
    ctx: Context, actor: Actor, *, names: Sequence[str], directory: Path, password: bytes
) -> TlsFiles:
    """Ensure a valid certificate for `names` (`DNS:…`, `IP:…`) with at least a third of its lifetime left.

    A certificate in `directory` that meets this is kept: each host checks its own file. Otherwise, a new certificate
    with a new key replaces the file atomically. If several processes share the directory, one of them does this. If the
    certificate is kept but its chain is outdated, for example after a key rotation, only the chain in the file is
    replaced. Raises Conflict if no CA can issue the certificate. Other errors as `enroll`.
    """
    files = get_tls_files(directory, password)
    sans = tuple(AlternativeName.parse(name) for name in names)
    if _ca_to_renew(ctx, files, sans) is None and _find_new_content(ctx, files) is None:
        return files
    directory.mkdir(mode=0o700, exist_ok=True)
    with durable_file.try_exclusive(directory / f"{FILE_NAME}.lock") as is_ours:
        # Another process may have renewed it before this one got the lock.
        if is_ours and (ca := _ca_to_renew(ctx, files, sans)) is not None:
            _renew(ctx, actor, ca, sans, files)
        elif is_ours and (content := _find_new_content(ctx, files)) is not None:
            durable_file.replace(files.certificate, content)
    return files


def _ca_to_renew(ctx: Context, files: TlsFiles, sans: tuple[AlternativeName, ...]) -> CertificateAuthority | None:
    """Return the CA that must issue a new certificate; None if the certificate in the file can still be used."""
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        ca = _issuing_ca(reader, now)
        present = _present(reader, files.certificate)
    return None if present is not None and present.ca_id == ca.id and _serves(present, sans, now) else ca


def _renew(
    ctx: Context, actor: Actor, ca: CertificateAuthority, sans: tuple[AlternativeName, ...], files: TlsFiles
) -> None:
    private, request = make_csr(KEY_TYPE, sans, files.password)
    certificate, _ = enroll(ctx, actor, Enroll(ca=str(ca.id), profile=PROFILE, csr=request))
    with ctx.ports.storage.read() as reader:
        chain = _chain_pem(ctx, reader, certificate)
    durable_file.replace(files.certificate, private + chain)
    with ctx.ports.storage.begin(actor) as uow:
        uow.record(TlsCertificateRenewed(object_id=str(certificate.id)))


def _find_new_content(ctx: Context, files: TlsFiles) -> bytes | None:
    """Return the new content of the TLS file if its certificate chain is outdated, else None."""
    content = files.certificate.read_bytes()
    with ctx.ports.storage.read() as reader:
        present = _present(reader, files.certificate)
        if present is None:
            return None
        chain = _chain_pem(ctx, reader, present)
    private, certificate, _ = content.partition(export.encode_certificate_pem(present.der).encode())
    return None if content == private + chain or not certificate else private + chain


def _chain_pem(ctx: Context, reader: Reader, certificate: Certificate) -> bytes:
    chain = find_chains(reader, certificate, ctx.ports.clock.now()).usual
    return export.encode_chain_pem(link.der for link in drop_root(chain)).encode()


def _issuing_ca(reader: Reader, now: datetime) -> CertificateAuthority:
    """Return the active issuing CA of the first start, or else the first active subordinate CA for end entities.

    Raises Conflict if there is none.
    """
    below = [ca for ca in reader.cas.list_all() if ca.parent_id is not None and ca.end_entity_certificates]
    able = [ca for ca in below if ca.state_at(now) is CaState.ACTIVE]
    if not able:
        raise Conflict("The TLS certificate cannot be issued because no issuing CA is active.")
    first = get_issuing_name(reader)
    return next((ca for ca in able if ca.name == first), able[0])


def _serves(certificate: Certificate, sans: tuple[AlternativeName, ...], now: datetime) -> bool:
    validity = certificate.validity
    renewal = validity.not_after - (validity.not_after - validity.not_before) / 3
    return certificate.revocation is None and set(certificate.sans) == set(sans) and now < renewal


def _present(reader: Reader, path: Path) -> Certificate | None:
    """Return the certificate in the file; None if it is missing, unreadable, or not issued by this installation."""
    try:
        der = next(iter(pem.read_some(path.read_bytes(), pem.CERTIFICATE, "certificate")), b"")
        serial = parse.parse_certificate(der).serial
    except (OSError, PkiError):
        return None
    known = reader.certificates.find_many(reader.certificates.find_ids_by_serials([serial]))
    return next((certificate for certificate in known if certificate.der == der), None)
