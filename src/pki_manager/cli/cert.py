"""`pkim cert`: certificates."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.files import STDIO, read_input, write_output
from pki_manager.cli.session import Session
from pki_manager.cli.values import ValidityOption, validity_body
from pki_manager.domain.errors import InvalidInput

app = noun("cert", "Certificates")

CertificateArgument = Annotated[str, typer.Argument(metavar="ID", help="The certificate's id")]


@verb(app, "issue")
def issue(
    session: Session,
    ca: Annotated[str, typer.Option(help="Id or name of the CA")],
    profile: Annotated[str, typer.Option(help="Name of the profile")],
    csr: Annotated[str, typer.Option(help="PKCS#10 request, PEM or DER; - is stdin")],
    subject: Annotated[str | None, typer.Option(help="RFC 4514; replaces the request's own")] = None,
    san: Annotated[
        list[str] | None, typer.Option(help="DNS:…, IP:…, email:…, URI:…; replace the request's own")
    ] = None,
    validity: ValidityOption = None,
    out: OutOption = None,
) -> None:
    """Issue a certificate for a request."""
    certificate = session.post(
        "certificates",
        body={
            "ca": ca,
            "profile": profile,
            "csr": _request_text(read_input(csr, "--csr")),
            "subject": subject,
            "sans": san or None,
            "validity": validity_body(validity),
        },
    )
    _show_new(session, certificate, out)


def _show_new(session: Session, certificate: dict[str, Any], out: str | None) -> None:
    """What was issued, and its PEM where it is wanted."""
    if out is not None:
        write_output(out, certificate["pem"].encode("ascii"))
    if out != STDIO:
        session.show(certificate)


def _request_text(content: bytes) -> str:
    """PEM as it is, DER as base64: what a JSON body can hold."""
    import base64

    if content[:1] == b"\x30":
        return base64.b64encode(content).decode("ascii")
    try:
        return content.decode("ascii")
    except ValueError:
        raise InvalidInput.of("--csr", "csr.form", "is neither PEM nor DER") from None


@verb(app, "list")
def list_certificates(
    session: Session,
    query: Annotated[str | None, typer.Option(help="Beginning or end of a name, serial, fingerprint")] = None,
    status: Annotated[str | None, typer.Option(help="valid, held, revoked, expired")] = None,
    ca: Annotated[str | None, typer.Option(help="Id or name of the issuing CA")] = None,
    profile: Annotated[str | None, typer.Option()] = None,
    expires_before: Annotated[str | None, typer.Option(help="RFC 3339 time")] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """Newest first."""
    where = {"query": query, "state": status, "ca": ca, "profile": profile, "expires_before": expires_before}
    page = session.pages("certificates", query=where, cursor=cursor, limit=limit)
    session.show_list(page, "id", "state", "profile", "not_after", "serial_number", "subject", "sans")


@verb(app, "show")
def show(session: Session, certificate: CertificateArgument) -> None:
    """One certificate."""
    session.show(session.get("certificates", certificate))


@verb(app, "renew")
def renew(
    session: Session, certificate: CertificateArgument, validity: ValidityOption = None, out: OutOption = None
) -> None:
    """A new certificate for the same key and names."""
    _show_new(
        session, session.post("certificates", certificate, "renew", body={"validity": validity_body(validity)}), out
    )


@verb(app, "revoke")
def revoke(
    session: Session,
    certificate: CertificateArgument,
    reason: Annotated[str | None, typer.Option(help="RFC 5280 §5.3.1, such as keyCompromise")] = None,
    invalidity_date: Annotated[str | None, typer.Option(help="RFC 3339 time since when it was bad")] = None,
) -> None:
    """Revoke for good."""
    body = {"reason": reason, "invalidity_date": invalidity_date}
    session.show(session.post("certificates", certificate, "revoke", body=body))


@verb(app, "export", prints=False)
def export(
    session: Session,
    certificate: CertificateArgument,
    form: Annotated[str, typer.Option("--format", help="pem, der, chain, fullchain")] = "pem",
    out: OutOption = STDIO,
) -> None:
    """As a file: chain goes up to the root, fullchain leaves the root out."""
    write_output(out or STDIO, session.file("certificates", certificate, "export", query={"format": form}))
