"""`pkim tools`: decoding, linting, and path validation of files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import read_input, read_object_text
from pki_manager.cli.session import CommandSession

app = noun("tools")

InOption = Annotated[str, typer.Option("--in", help="File with the objects, PEM or DER, - for standard input")]


@verb(app, "decode")
def decode(
    session: CommandSession,
    source: InOption,
    password_file: Annotated[Path | None, typer.Option(help="File with the password of a PKCS #12 file")] = None,
) -> None:
    """Decode each object in a file."""
    password = None if password_file is None else _first_line(password_file)
    session.show(session.post("tools", "decode", body={"data": read_object_text(source, "--in"), "password": password}))


def _first_line(path: Path) -> str:
    return read_input(str(path), "--password-file").decode("utf-8", "replace").partition("\n")[0].rstrip("\r")


@verb(app, "lint")
def lint(session: CommandSession, source: InOption) -> Exit:
    """Lint each object in a file. Exits with 3 if a rule is violated."""
    report = session.post("tools", "lint", body={"data": read_object_text(source, "--in")})
    session.show(report)
    return lint_exit(report)


def lint_exit(report: dict[str, Any]) -> Exit:
    """Return the exit code of a lint report: REFUSED if it contains an error."""
    found = [finding for one in report["objects"] for finding in one["findings"]]
    return Exit.REFUSED if any(finding["severity"] == "error" for finding in found) else Exit.DONE


@verb(app, "verify")
def verify(
    session: CommandSession,
    source: Annotated[str, typer.Option("--in", help="File with the certificate, PEM or DER, - for standard input")],
    intermediate: Annotated[
        list[str] | None, typer.Option(help="File with an intermediate certificate. Can be repeated")
    ] = None,
    trust_anchor: Annotated[
        list[str] | None,
        typer.Option(help="File with a trust anchor. Default: the root CAs of the installation. Can be repeated"),
    ] = None,
    crl: Annotated[list[str] | None, typer.Option(help="File with a CRL. Can be repeated")] = None,
    time: Annotated[str | None, typer.Option(help="RFC 3339 time. Default: now")] = None,
    name: Annotated[str | None, typer.Option(help="Name that the certificate must contain: DNS:… or IP:…")] = None,
    usage: Annotated[str | None, typer.Option(help="Extended key usage: serverAuth, clientAuth, … or an OID")] = None,
    max_depth: Annotated[int | None, typer.Option(min=1, help="Maximum number of certificates in the path")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Treat lint errors of the certificates and CRLs in the path as problems")
    ] = False,
) -> Exit:
    """Verify the path of a certificate to a trust anchor. Exits with 3 if there is no valid path."""
    anchors = [read_object_text(path, "--trust-anchor") for path in trust_anchor or []]
    return show_verdict(
        session,
        {
            "certificate": read_object_text(source, "--in"),
            "intermediates": [read_object_text(path, "--intermediate") for path in intermediate or []],
            "trust_anchors": anchors or None,
            "crls": [read_object_text(path, "--crl") for path in crl or []],
            "time": time,
            "name": name,
            "usage": usage,
            "max_depth": max_depth,
            "strict": strict,
        },
    )


def show_verdict(session: CommandSession, body: dict[str, Any]) -> Exit:
    """Print the result of a path validation, and return its exit code."""
    verdict = session.post("tools", "verify", body=body)
    session.show(verdict)
    return Exit.DONE if verdict["valid"] else Exit.REFUSED
