"""`pkim ca`: certificate authorities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.commands import ca_import
from pki_manager.cli.files import STDIO, read_input, read_object_text, write_output
from pki_manager.cli.output import warn
from pki_manager.cli.session import CommandSession
from pki_manager.cli.values import InvalidityOption, ReasonOption, ValidityOption, build_validity_body

app = noun("ca")

CaArgument = Annotated[str, typer.Argument(metavar="CA", help="ID or name of the CA")]

SignatureAlgorithmOption = Annotated[
    str | None,
    typer.Option(help="Signature algorithm, for example RSA-PSS-SHA256. Default: the usual one of the key type"),
]
PermitOption = Annotated[
    list[str] | None,
    typer.Option(help="Permitted subtree: DNS:…, IP:10.0.0.0/8, dirName:O=Example. Can be repeated"),
]
PolicyOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="OID[=CPS]",
        help="Certificate policy, with the URL of the certification practice statement. Can be repeated",
    ),
]
ExternalParentOption = Annotated[
    bool,
    typer.Option("--external-parent", help="Use an external parent CA: continue with `ca csr` and `ca install`"),
]
EndEntityOption = Annotated[
    bool | None,
    typer.Option(
        "--end-entity-certificates/--no-end-entity-certificates",
        help="Issue certificates to end entities, permanently. Default: no for a root CA, yes for other CAs",
    ),
]


@verb(app, "create")
def create(
    session: CommandSession,
    name: Annotated[str, typer.Option(help="Unique name of the CA")],
    subject: Annotated[str, typer.Option(help="Distinguished name (RFC 4514), for example 'CN=Root CA,O=Example'")],
    key_type: Annotated[str | None, typer.Option(help="Key type. Default: ECDSA-P256")] = None,
    signature_algorithm: SignatureAlgorithmOption = None,
    parent: Annotated[
        str | None, typer.Option(help="ID or name of the parent CA. Default: none, for a root CA")
    ] = None,
    path_length: Annotated[
        int | None, typer.Option(min=0, help="Path length constraint: how many CAs may follow below")
    ] = None,
    permit: PermitOption = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Excluded subtree. Can be repeated")] = None,
    policy: PolicyOption = None,
    validity: ValidityOption = None,
    backend: Annotated[str | None, typer.Option(help="Key backend. Default: default_key_backend")] = None,
    key: Annotated[str | None, typer.Option(help="Key from `pkim key create`. Default: a new key")] = None,
    external_parent: ExternalParentOption = False,
    end_entity_certificates: EndEntityOption = None,
) -> None:
    """Create a CA with its key and its first certificate."""
    constraints = {"permitted": permit or [], "excluded": exclude or []}
    body = {
        "name": name,
        "subject": subject,
        "key_type": key_type,
        "signature_algorithm": signature_algorithm,
        "parent": parent,
        "path_length": path_length,
        "name_constraints": constraints,
        "policies": [_policy(text) for text in policy or []],
        "validity": build_validity_body(validity),
        "backend": backend,
        "key": key,
        "external_parent": external_parent,
        "end_entity_certificates": end_entity_certificates,
    }
    session.show(session.post("cas", body=body))


def _policy(text: str) -> dict[str, str | None]:
    oid, given, cps = text.partition("=")
    return {"oid": oid, "cps": cps if given else None}


@verb(app, "csr")
def csr(session: CommandSession, ca: CaArgument, out: OutOption = None) -> None:
    """Create a PKCS #10 request for an external parent CA."""
    document = session.post("cas", ca, "csr")
    if session.output.is_document and out is None:
        session.show(document)
    else:
        write_output(out or STDIO, document["csr"].encode("ascii"))


@verb(app, "install")
def install(
    session: CommandSession,
    ca: CaArgument,
    source: Annotated[
        str,
        typer.Option("--in", help="PEM file: the new certificate, then the certificate of each issuer, the root last"),
    ],
) -> None:
    """Install the certificate that an external parent CA issued."""
    chain = read_input(source, "--in").decode("ascii", "replace")
    session.show(session.put("cas", ca, "certificate", body={"certificate_chain": chain}))


ca_import.register(app)


@verb(app, "list", lists=True)
def list_cas(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List CAs, oldest first."""
    page = session.pages("cas", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "name", "state", "key_type", "not_after", "subject")


@verb(app, "tree", lists=True)
def tree(session: CommandSession) -> None:
    """List CAs, each under its parent CA."""
    page = session.pages("cas", query={}, cursor=None, limit=None)
    rows = list(_under(page["items"], frozenset(one["id"] for one in page["items"]), None, 0))
    session.show_list({"items": rows, "next_cursor": None}, "ca", "state", "key_type", "id")


def _under(
    cas: Sequence[Mapping[str, Any]], known: frozenset[str], parent: str | None, depth: int
) -> Iterator[dict[str, Any]]:
    """Yield the CAs below `parent`, sorted by name, each followed by the CAs below it.

    A CA whose parent is not in `known` is treated as one without a parent.
    """
    below = [one for one in cas if (one["parent"] if one["parent"] in known else None) == parent]
    for ca in sorted(below, key=lambda one: one["name"]):
        facts = {name: ca[name] for name in ("id", "name", "state", "parent", "key_type", "not_after")}
        yield {"ca": "  " * depth + ca["name"], "depth": depth, **facts}
        yield from _under(cas, known, ca["id"], depth + 1)


@verb(app, "show")
def show(session: CommandSession, ca: CaArgument) -> None:
    """Show a CA and its keys."""
    session.show(session.get("cas", ca))


@verb(app, "rotate")
def rotate(
    session: CommandSession,
    ca: CaArgument,
    key_type: Annotated[str | None, typer.Option(help="Key type. Default: that of the current key")] = None,
    signature_algorithm: Annotated[
        str | None, typer.Option(help="Signature algorithm, for example RSA-PSS-SHA256")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="Key backend. Default: that of the current key")] = None,
    key: Annotated[str | None, typer.Option(help="Key from `pkim key create`. Default: a new key")] = None,
    validity: ValidityOption = None,
    switch_at: Annotated[
        str | None, typer.Option(help="Activation time of the next key, as an RFC 3339 time. Default: immediately")
    ] = None,
    cross_certify: Annotated[
        bool, typer.Option("--cross-certify", help="Cross-certify the old and the new key of a root CA")
    ] = False,
) -> None:
    """Rotate a CA's key. The old key keeps signing CRLs and OCSP responses for its certificates.

    For a root CA, use --cross-certify, so that clients that trust only the old root keep working.
    """
    body = {
        "key_type": key_type,
        "signature_algorithm": signature_algorithm,
        "backend": backend,
        "key": key,
        "validity": build_validity_body(validity),
        "switch_at": switch_at,
        "cross_certify": cross_certify,
    }
    rotated = session.post("cas", ca, "rotate", body=body)
    session.show(rotated)
    if rotated["parent"] is None and not cross_certify:
        warn(
            "Without --cross-certify, the old root and the new one do not certify each other. As soon as a CA below is "
            "rotated or cross-signed, machines that trust only the old root reject its new certificates. Before that, "
            "distribute the new root to all machines, or rotate again with --cross-certify."
        )


@verb(app, "cross-sign")
def cross_sign(
    session: CommandSession,
    ca: CaArgument,
    subject_ca: Annotated[
        str | None, typer.Option(help="ID or name of the CA of this installation to cross-sign")
    ] = None,
    csr: Annotated[
        str | None, typer.Option(help="File with the CSR of an external CA, instead of a CA of this installation")
    ] = None,
    path_length: Annotated[int | None, typer.Option(min=0, help="Path length constraint, with --csr")] = None,
    permit: Annotated[
        list[str] | None,
        typer.Option(help="Permitted subtree, for example DNS:example.com, with --csr. Can be repeated"),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Excluded subtree, with --csr. Can be repeated")] = None,
    validity: ValidityOption = None,
    out: OutOption = None,
) -> None:
    """Cross-sign another CA."""
    body = {
        "subject_ca": subject_ca,
        "csr": read_object_text(csr, "--csr") if csr else None,
        "path_length": path_length,
        "name_constraints": {"permitted": permit or [], "excluded": exclude or []},
        "validity": build_validity_body(validity),
    }
    document = session.post("cas", ca, "cross-sign", body=body)
    if out is not None:
        write_output(out, document["pem"].encode("ascii"))
    session.show(document)


@verb(app, "cancel-rotation")
def cancel_rotation(session: CommandSession, ca: CaArgument) -> None:
    """Cancel a key rotation before the next key becomes current."""
    session.show(session.post("cas", ca, "cancel-rotation"))


@verb(app, "suspend")
def suspend(session: CommandSession, ca: CaArgument) -> None:
    """Suspend a CA. It stops issuing; CRLs and OCSP continue."""
    session.show(session.post("cas", ca, "suspend"))


@verb(app, "resume")
def resume(session: CommandSession, ca: CaArgument) -> None:
    """Resume a suspended CA."""
    session.show(session.post("cas", ca, "resume"))


@verb(app, "retire")
def retire(session: CommandSession, ca: CaArgument) -> None:
    """Retire a CA permanently. It stops issuing; CRLs and OCSP continue."""
    session.show(session.post("cas", ca, "retire"))


@verb(app, "revoke")
def revoke(
    session: CommandSession, ca: CaArgument, reason: ReasonOption = None, invalidity_date: InvalidityOption = None
) -> None:
    """Revoke a CA. Its certificates are added to the parent's CRL. The CA and its subordinate CAs stop issuing."""
    body = {"reason": reason, "invalidity_date": invalidity_date}
    session.show(session.post("cas", ca, "revoke", body=body))


@verb(app, "chain")
def chain(session: CommandSession, ca: CaArgument, out: OutOption = None) -> None:
    """Show the certificate chain of a CA in PEM: its own certificate first, the root last."""
    document = session.get("cas", ca, "chain")
    if session.output.is_document and out is None:
        session.show(document)
    else:
        write_output(out or STDIO, document["chain_pem"].encode("ascii"))
