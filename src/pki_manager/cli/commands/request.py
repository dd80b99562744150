"""`pkim request`: certificate requests."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import read_object_text, write_output
from pki_manager.cli.key_source import (
    CsrOption,
    KeyFiles,
    KeyOption,
    P12LegacyOption,
    P12Option,
    PassphraseOption,
    open_collected_key,
)
from pki_manager.cli.session import CommandSession
from pki_manager.cli.values import FieldOption, ValidityOption, build_fields_body, build_validity_body

app = noun("request")

RequestArgument = Annotated[str, typer.Argument(metavar="ID")]
SubjectOption = Annotated[
    str | None, typer.Option(help="Distinguished name (RFC 4514). Replaces the subject of the CSR")
]
SanOption = Annotated[
    list[str] | None, typer.Option(help="Names: DNS:…, IP:…, email:…, URI:…. Replace those of the CSR. Can be repeated")
]
KeyTypeOption = Annotated[str | None, typer.Option(help="Type of the key to generate at collection, instead of --csr")]
PlanOption = Annotated[
    str | None, typer.Option("--plan", help="SHA-256 of the plan that you have seen. Default: its current one")
]
_WAITING = frozenset({"received", "validating", "awaiting_approval", "ready", "issuing"})


@verb(app, "submit")
def submit(
    session: CommandSession,
    ca: Annotated[str | None, typer.Option(help="ID or name of the CA")] = None,
    profile: Annotated[str | None, typer.Option(help="Name of the profile")] = None,
    csr: CsrOption = None,
    key_type: KeyTypeOption = None,
    subject: SubjectOption = None,
    san: SanOption = None,
    validity: ValidityOption = None,
    field: FieldOption = None,
    renews: Annotated[
        str | None, typer.Option(help="Certificate to renew. Values that are not set are taken from it")
    ] = None,
    comment: Annotated[str | None, typer.Option(help="Comment for the approvers")] = None,
) -> Exit:
    """Submit a certificate request. Exits with 8 while it waits for approval."""
    made = session.post(
        "requests",
        body={
            "ca": ca,
            "profile": profile,
            "csr": read_object_text(csr, "--csr") if csr is not None else None,
            "key_type": key_type,
            "subject": subject,
            "sans": san or None,
            "validity": build_validity_body(validity),
            "renews": renews,
            "comment": comment,
            **({"fields": build_fields_body(field)} if field else {}),
        },
    )
    return _show(session, made)


@verb(app, "list", lists=True)
def list_requests(
    session: CommandSession,
    state: Annotated[str | None, typer.Option(help="State: awaiting_approval, ready, issued, rejected, …")] = None,
    ca: Annotated[str | None, typer.Option(help="ID or name of the issuing CA")] = None,
    profile: Annotated[str | None, typer.Option()] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only requests that you submitted")] = False,
    needs_my_approval: Annotated[
        bool, typer.Option("--needs-my-approval", help="Only requests that you can approve")
    ] = False,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List certificate requests, newest first."""
    where = {
        "state": state,
        "ca": ca,
        "profile": profile,
        "mine": "true" if mine else None,
        "needs_my_approval": "true" if needs_my_approval else None,
    }
    page = session.pages("requests", query=where, cursor=cursor, limit=limit)
    session.show_list(page, "id", "state", "profile", "requester_name", "sans/subject")


@verb(app, "show")
def show(session: CommandSession, request: RequestArgument) -> None:
    """Show a certificate request with its plan, risks, comments, and approvals."""
    session.show(session.get("requests", request))


@verb(app, "edit")
def edit(
    session: CommandSession,
    request: RequestArgument,
    profile: Annotated[str | None, typer.Option()] = None,
    subject: SubjectOption = None,
    san: SanOption = None,
    validity: ValidityOption = None,
    key_type: Annotated[str | None, typer.Option(help="Type of the key to generate at collection")] = None,
    field: FieldOption = None,
    plan: PlanOption = None,
) -> Exit:
    """Edit a certificate request. Its existing approvals become invalid.

    With --field, the request has only the field values that you set. Without it, they stay the same.
    """
    changed = session.post(
        "requests",
        request,
        "edit",
        body={
            "plan_sha256": _plan(session, request, plan),
            "profile": profile,
            "subject": subject,
            "sans": san or None,
            "validity": build_validity_body(validity),
            "key_type": key_type,
            "fields": build_fields_body(field) if field else None,
        },
    )
    return _show(session, changed)


@verb(app, "approve")
def approve(session: CommandSession, request: RequestArgument, plan: PlanOption = None) -> Exit:
    """Approve a certificate request. Exits with 8 while more approvals are required."""
    body = {"plan_sha256": _plan(session, request, plan)}
    approved = session.post("requests", request, "approve", body=body)
    session.show(approved)
    return Exit.WAITING if approved["state"] == "awaiting_approval" else Exit.DONE


@verb(app, "withdraw")
def withdraw(session: CommandSession, request: RequestArgument) -> None:
    """Withdraw your approval of a certificate request."""
    session.show(session.post("requests", request, "withdraw"))


@verb(app, "reject")
def reject(
    session: CommandSession,
    request: RequestArgument,
    reason: Annotated[str, typer.Option(help="Reason, visible to the requester")],
) -> None:
    """Reject a certificate request permanently."""
    session.show(session.post("requests", request, "reject", body={"reason": reason}))


@verb(app, "cancel")
def cancel(session: CommandSession, request: RequestArgument) -> None:
    """Cancel your certificate request."""
    session.show(session.post("requests", request, "cancel"))


@verb(app, "comment")
def comment(session: CommandSession, request: RequestArgument, text: Annotated[str, typer.Argument()]) -> None:
    """Comment on a certificate request."""
    session.show(session.post("requests", request, "comment", body={"text": text}))


@verb(app, "collect")
def collect(
    session: CommandSession,
    request: RequestArgument,
    p12: P12Option = None,
    p12_legacy: P12LegacyOption = False,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    out: OutOption = None,
) -> None:
    """Generate the key of an approved request, issue the certificate, and save both, encrypted. Can be done once."""
    with open_collected_key(KeyFiles(p12, key, passphrase_file, legacy=p12_legacy)) as source:
        certificate = source.receive(session.post("requests", request, "collect", body=source.body))
    if out is not None:
        write_output(out, certificate["pem"].encode("ascii"))
    session.show(certificate)


def _plan(session: CommandSession, request: str, plan: str | None) -> str:
    plan_hash: str = session.get("requests", request)["plan_sha256"] if plan is None else plan
    return plan_hash


def _show(session: CommandSession, request: dict[str, Any]) -> Exit:
    session.show(request)
    return Exit.WAITING if request["state"] in _WAITING else Exit.DONE
