"""`pkim cert`: certificates."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.commands import bulk
from pki_manager.cli.commands.tools import lint_exit, show_verdict
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import STDIO, read_object_text, write_output
from pki_manager.cli.key_source import (
    CsrOption,
    KeyFiles,
    KeyOption,
    KeyTypeOption,
    P12LegacyOption,
    P12Option,
    PassphraseOption,
    open_key_source,
)
from pki_manager.cli.session import CommandSession
from pki_manager.cli.values import (
    FieldOption,
    InvalidityOption,
    ReasonOption,
    ValidityOption,
    build_fields_body,
    build_validity_body,
)
from pki_manager.domain.errors import InvalidInput

app = noun("cert")

CertificateArgument = Annotated[str, typer.Argument(metavar="CERTIFICATE", help="ID or serial number")]


@verb(app, "issue")
def issue(
    session: CommandSession,
    ca: Annotated[str, typer.Option(help="ID or name of the CA")],
    profile: Annotated[str, typer.Option(help="Name of the profile")],
    csr: CsrOption = None,
    key_type: KeyTypeOption = None,
    p12: P12Option = None,
    p12_legacy: P12LegacyOption = False,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    subject: Annotated[
        str | None, typer.Option(help="Distinguished name (RFC 4514). Replaces the subject of the CSR")
    ] = None,
    san: Annotated[
        list[str] | None,
        typer.Option(help="Names: DNS:…, IP:…, email:…, URI:…. Replace those of the CSR. Can be repeated"),
    ] = None,
    validity: ValidityOption = None,
    field: FieldOption = None,
    out: OutOption = None,
) -> None:
    """Issue a certificate from a CSR, or with a generated key that is saved, encrypted, to a file."""
    body = {
        "ca": ca,
        "profile": profile,
        "subject": subject,
        "sans": san or None,
        "validity": build_validity_body(validity),
    }
    body |= {"fields": build_fields_body(field)} if field else {}
    with open_key_source(csr, key_type, KeyFiles(p12, key, passphrase_file, legacy=p12_legacy)) as source:
        certificate = source.receive(session.post("certificates", body={**body, **source.body}))
    _show_new(session, certificate, out)


def _show_new(session: CommandSession, certificate: dict[str, Any], out: str | None) -> None:
    """Write the PEM to `out` if it is set. Print the issued certificate unless the PEM went to standard output."""
    if out is not None:
        write_output(out, certificate["pem"].encode("ascii"))
    if out != STDIO:
        session.show(certificate)


@verb(app, "list", lists=True)
def list_certificates(
    session: CommandSession,
    query: Annotated[
        str | None, typer.Option(help="Any part of a name, subject, or serial number, or a fingerprint")
    ] = None,
    status: Annotated[str | None, typer.Option(help="State: valid, held, revoked, or expired")] = None,
    ca: Annotated[str | None, typer.Option(help="ID or name of the issuing CA")] = None,
    profile: Annotated[str | None, typer.Option()] = None,
    expires_before: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    expires_from: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    issued_from: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    issued_before: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    revoked_from: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    revoked_before: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    key: Annotated[str | None, typer.Option(help="ID of the CA key that signed the certificates")] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List certificates, newest first."""
    where = {
        "query": query,
        "state": status,
        "ca": ca,
        "profile": profile,
        "expires_before": expires_before,
        "expires_from": expires_from,
        "issued_from": issued_from,
        "issued_before": issued_before,
        "revoked_from": revoked_from,
        "revoked_before": revoked_before,
        "key": key,
    }
    page = session.pages("certificates", query=where, cursor=cursor, limit=limit)
    session.show_list(page, "id", "state", "profile", "not_after", "sans/subject")


@verb(app, "show")
def show(session: CommandSession, certificate: CertificateArgument) -> None:
    """Show a certificate."""
    session.show(session.get("certificates", certificate))


@verb(app, "renew")
def renew(
    session: CommandSession, certificate: CertificateArgument, validity: ValidityOption = None, out: OutOption = None
) -> None:
    """Renew a certificate: issue a new one for the same key and names."""
    _show_new(
        session,
        session.post("certificates", certificate, "renew", body={"validity": build_validity_body(validity)}),
        out,
    )


@verb(app, "rekey")
def rekey(
    session: CommandSession,
    certificate: CertificateArgument,
    csr: CsrOption = None,
    key_type: KeyTypeOption = None,
    p12: P12Option = None,
    p12_legacy: P12LegacyOption = False,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    validity: ValidityOption = None,
    out: OutOption = None,
) -> None:
    """Rekey a certificate: issue a new one for the same names and another key."""
    body = {"validity": build_validity_body(validity)}
    with open_key_source(csr, key_type, KeyFiles(p12, key, passphrase_file, legacy=p12_legacy)) as source:
        new = source.receive(session.post("certificates", certificate, "rekey", body={**body, **source.body}))
    _show_new(session, new, out)


@verb(app, "revoke")
def revoke(
    session: CommandSession,
    certificate: Annotated[str | None, typer.Argument(metavar="CERTIFICATE", help="ID or serial number")] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            help="File with a public key, PEM or DER, - for standard input. Revokes every certificate of the key",
        ),
    ] = None,
    reason: ReasonOption = None,
    invalidity_date: InvalidityOption = None,
) -> None:
    """Revoke a certificate permanently."""
    body = {"reason": reason, "invalidity_date": invalidity_date}
    if (certificate is None) is (key is None):
        raise InvalidInput.of(
            "--key", "cli.one_certificate", "cannot be set together with a certificate; specify exactly one of them"
        )
    if key is not None:
        revocation = {**body, "key": read_object_text(key, "--key")}
        session.show(session.post("certificates", "revoke-by-key", body=revocation))
    else:
        session.show(session.post("certificates", certificate or "", "revoke", body=body))


@verb(app, "hold")
def hold(session: CommandSession, certificate: CertificateArgument) -> None:
    """Put a certificate on hold."""
    session.show(session.post("certificates", certificate, "hold"))


@verb(app, "release")
def release(session: CommandSession, certificate: CertificateArgument) -> None:
    """Release a certificate from hold."""
    session.show(session.post("certificates", certificate, "release"))


@verb(app, "delete", prints=False)
def delete(session: CommandSession, certificate: CertificateArgument) -> None:
    """Delete an expired certificate. A revocation stays on record."""
    session.delete("certificates", certificate)


@verb(app, "lint")
def lint(session: CommandSession, certificate: CertificateArgument) -> Exit:
    """Lint an issued certificate and its chain. Exits with 3 if a rule is violated."""
    chain = session.get("certificates", certificate, "chain")["chain_pem"]
    report = session.post("tools", "lint", body={"data": chain})
    own = {"lint_version": report["lint_version"], "objects": report["objects"][:1]}
    session.show(own)
    return lint_exit(own)


@verb(app, "verify")
def verify(
    session: CommandSession,
    certificate: CertificateArgument,
    name: Annotated[str | None, typer.Option(help="Name that the certificate must contain: DNS:… or IP:…")] = None,
    usage: Annotated[str | None, typer.Option(help="Extended key usage: serverAuth, clientAuth, … or an OID")] = None,
    time: Annotated[str | None, typer.Option(help="RFC 3339 time. Default: now")] = None,
) -> Exit:
    """Verify the path of an issued certificate to a root CA here. Exits with 3 if there is no valid path."""
    pem = session.get("certificates", certificate)["pem"]
    return show_verdict(session, {"certificate": pem, "name": name, "usage": usage, "time": time})


@verb(app, "export", prints=False)
def export(
    session: CommandSession,
    certificate: CertificateArgument,
    form: Annotated[
        str,
        typer.Option(
            "--format", help="Format: pem, der, chain, fullchain, p7b, p12, jks (Java truststore), or zip (all of them)"
        ),
    ] = "pem",
    legacy: Annotated[
        bool, typer.Option("--legacy", help="Encrypt p12 with 3DES and SHA-1, for software from before 2018")
    ] = False,
    out: OutOption = STDIO,
) -> None:
    """Export a certificate to a file. The password of p12 and jks files is changeit."""
    query = {"format": form, "legacy": "true" if legacy else None}
    write_output(out or STDIO, session.file("certificates", certificate, "export", query=query))


bulk.register(app)
