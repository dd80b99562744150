"""`pkim tools`: files that came from somewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import object_text, read_input
from pki_manager.cli.session import Session

app = noun("tools")

InOption = Annotated[str, typer.Option("--in", help="PEM or DER; - is stdin")]


@verb(app, "decode")
def decode(
    session: Session,
    source: InOption,
    password_file: Annotated[Path | None, typer.Option(help="File with the password of a PKCS#12 file")] = None,
) -> None:
    """What each object in a file is and says."""
    password = None if password_file is None else _first_line(password_file)
    session.show(session.post("tools", "decode", body={"data": object_text(source, "--in"), "password": password}))


def _first_line(path: Path) -> str:
    return read_input(str(path), "--password-file").decode("utf-8", "replace").partition("\n")[0].rstrip("\r")


@verb(app, "lint")
def lint(session: Session, source: InOption) -> Exit:
    """What is wrong with each object in a file; exit 3 when a rule is broken."""
    report = session.post("tools", "lint", body={"data": object_text(source, "--in")})
    session.show(report)
    return lint_exit(report)


def lint_exit(report: dict[str, Any]) -> Exit:
    found = [finding for one in report["objects"] for finding in one["findings"]]
    return Exit.REFUSED if any(finding["severity"] == "error" for finding in found) else Exit.DONE


@verb(app, "verify")
def verify(
    session: Session,
    source: Annotated[str, typer.Option("--in", help="The certificate, PEM or DER; - is stdin")],
    intermediate: Annotated[list[str] | None, typer.Option(help="File with one; may be given again")] = None,
    trust_anchor: Annotated[list[str] | None, typer.Option(help="File with one; our own roots unless given")] = None,
    crl: Annotated[list[str] | None, typer.Option(help="File with a CRL; may be given again")] = None,
    time: Annotated[str | None, typer.Option(help="RFC 3339 time; now unless given")] = None,
    name: Annotated[str | None, typer.Option(help="DNS:… or IP:… that it must speak for")] = None,
    usage: Annotated[str | None, typer.Option(help="serverAuth, clientAuth, … or an OID")] = None,
    max_depth: Annotated[int | None, typer.Option(min=1, help="Certificates in a path, at most")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Lint errors of the path's certificates and CRLs count as well")
    ] = False,
) -> Exit:
    """Whether a certificate has a valid path to a trust anchor; exit 3 when it has none."""
    anchors = [object_text(path, "--trust-anchor") for path in trust_anchor or []]
    return show_verdict(
        session,
        {
            "certificate": object_text(source, "--in"),
            "intermediates": [object_text(path, "--intermediate") for path in intermediate or []],
            "trust_anchors": anchors or None,
            "crls": [object_text(path, "--crl") for path in crl or []],
            "time": time,
            "name": name,
            "usage": usage,
            "max_depth": max_depth,
            "strict": strict,
        },
    )


def show_verdict(session: Session, body: dict[str, Any]) -> Exit:
    verdict = session.post("tools", "verify", body=body)
    session.show(verdict)
    return Exit.DONE if verdict["valid"] else Exit.REFUSED
