"""`pkim request`: certificates that wait for people."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import object_text, write_output
from pki_manager.cli.key_source import (
    CsrOption,
    KeyFiles,
    KeyOption,
    P12LegacyOption,
    P12Option,
    PassphraseOption,
    collected_key,
)
from pki_manager.cli.session import Session
from pki_manager.cli.values import ValidityOption, validity_body

app = noun("request")

RequestArgument = Annotated[str, typer.Argument(metavar="ID")]
SubjectOption = Annotated[str | None, typer.Option(help="RFC 4514; replaces the request's own")]
SanOption = Annotated[list[str] | None, typer.Option(help="DNS:…, IP:…, email:…, URI:…; replace the request's own")]
KeyTypeOption = Annotated[str | None, typer.Option(help="Instead: a key of this type, made when you collect it")]
PlanOption = Annotated[
    str | None, typer.Option("--plan", help="SHA-256 of the plan that you have seen; as it is now unless told")
]
_WAITING = frozenset({"received", "validating", "awaiting_approval", "ready", "issuing"})


@verb(app, "submit")
def submit(
    session: Session,
    ca: Annotated[str | None, typer.Option(help="Id or name of the CA")] = None,
    profile: Annotated[str | None, typer.Option(help="Name of the profile")] = None,
    csr: CsrOption = None,
    key_type: KeyTypeOption = None,
    subject: SubjectOption = None,
    san: SanOption = None,
    validity: ValidityOption = None,
    renews: Annotated[
        str | None, typer.Option(help="Certificate that it follows: what is not told is taken from there")
    ] = None,
    comment: Annotated[str | None, typer.Option(help="For who decides about it")] = None,
) -> Exit:
    """Ask for a certificate; exit 8 while it waits."""
    made = session.post(
        "requests",
        body={
            "ca": ca,
            "profile": profile,
            "csr": object_text(csr, "--csr") if csr is not None else None,
            "key_type": key_type,
            "subject": subject,
            "sans": san or None,
            "validity": validity_body(validity),
            "renews": renews,
            "comment": comment,
        },
    )
    return _show(session, made)


@verb(app, "list")
def list_requests(
    session: Session,
    state: Annotated[str | None, typer.Option(help="awaiting_approval, ready, issued, rejected, …")] = None,
    ca: Annotated[str | None, typer.Option(help="Id or name of the issuing CA")] = None,
    profile: Annotated[str | None, typer.Option()] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Those that I asked for")] = False,
    needs_my_approval: Annotated[bool, typer.Option("--needs-my-approval", help="Those that I can approve")] = False,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """Newest first."""
    where = {
        "state": state,
        "ca": ca,
        "profile": profile,
        "mine": "true" if mine else None,
        "needs_my_approval": "true" if needs_my_approval else None,
    }
    page = session.pages("requests", query=where, cursor=cursor, limit=limit)
    session.show_list(page, "id", "state", "profile", "requester_name", "subject", "sans", "created_at")


@verb(app, "show")
def show(session: Session, request: RequestArgument) -> None:
    """One request: its plan, its risks, what was said, and who has approved it."""
    session.show(session.get("requests", request))


@verb(app, "edit")
def edit(
    session: Session,
    request: RequestArgument,
    profile: Annotated[str | None, typer.Option()] = None,
    subject: SubjectOption = None,
    san: SanOption = None,
    validity: ValidityOption = None,
    key_type: Annotated[str | None, typer.Option(help="Where the key is made at collection")] = None,
    plan: PlanOption = None,
) -> Exit:
    """Change what is asked for; who has approved it has to look again."""
    changed = session.post(
        "requests",
        request,
        "edit",
        body={
            "plan_sha256": _plan(session, request, plan),
            "profile": profile,
            "subject": subject,
            "sans": san or None,
            "validity": validity_body(validity),
            "key_type": key_type,
        },
    )
    return _show(session, changed)


@verb(app, "approve")
def approve(session: Session, request: RequestArgument, plan: PlanOption = None) -> Exit:
    """Consent to exactly that plan; exit 8 while others still have to."""
    body = {"plan_sha256": _plan(session, request, plan)}
    approved = session.post("requests", request, "approve", body=body)
    session.show(approved)
    return Exit.WAITING if approved["state"] == "awaiting_approval" else Exit.DONE


@verb(app, "withdraw")
def withdraw(session: Session, request: RequestArgument) -> None:
    """Take one's own approval back."""
    session.show(session.post("requests", request, "withdraw"))


@verb(app, "reject")
def reject(
    session: Session, request: RequestArgument, reason: Annotated[str, typer.Option(help="Told to who asked")]
) -> None:
    """Say no, for good."""
    session.show(session.post("requests", request, "reject", body={"reason": reason}))


@verb(app, "cancel")
def cancel(session: Session, request: RequestArgument) -> None:
    """Want one's own request no longer."""
    session.show(session.post("requests", request, "cancel"))


@verb(app, "comment")
def comment(session: Session, request: RequestArgument, text: Annotated[str, typer.Argument()]) -> None:
    """Say something about it."""
    session.show(session.post("requests", request, "comment", body={"text": text}))


@verb(app, "collect")
def collect(
    session: Session,
    request: RequestArgument,
    p12: P12Option = None,
    p12_legacy: P12LegacyOption = False,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    out: OutOption = None,
) -> None:
    """Have the key of an approved request made, and write it, encrypted, to a file. It is told once."""
    with collected_key(KeyFiles(p12, key, passphrase_file, legacy=p12_legacy)) as source:
        certificate = source.receive(session.post("requests", request, "collect", body=source.body))
    if out is not None:
        write_output(out, certificate["pem"].encode("ascii"))
    session.show(certificate)


def _plan(session: Session, request: str, plan: str | None) -> str:
    told: str = session.get("requests", request)["plan_sha256"] if plan is None else plan
    return told


def _show(session: Session, request: dict[str, Any]) -> Exit:
    session.show(request)
    return Exit.WAITING if request["state"] in _WAITING else Exit.DONE
