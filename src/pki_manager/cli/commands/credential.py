"""`pkim credential`: enrollment credentials for ACME, EST, SCEP, and CMP clients."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.files import read_input
from pki_manager.cli.output import warn
from pki_manager.cli.session import CommandSession
from pki_manager.domain.errors import InvalidInput

app = noun("credential")

CredentialArgument = Annotated[str, typer.Argument(metavar="ID")]


NamePatternOption = Annotated[
    list[str] | None,
    typer.Option(help="Permitted names: DNS:domain, IP:block, email:domain. Can be repeated. Default: no limit"),
]
DevicesOption = Annotated[
    str | None,
    typer.Option(
        help="File of permitted devices, one a line: serial numbers and names separated by commas; "
        "- is standard input. Default: no list"
    ),
]
ServerKeysOption = Annotated[
    bool, typer.Option("--server-keys", help="Let EST clients get private keys that the server generates")
]
PreAuthorizedOption = Annotated[
    bool,
    typer.Option(
        "--pre-authorized",
        help="Issue to ACME clients for the permitted names without validation. Requires --name-pattern",
    ),
]
LegacyOption = Annotated[
    bool,
    typer.Option("--legacy-algorithms", help="Let SCEP clients use 3DES and SHA-1, which are weak"),
]
ValidatorOption = Annotated[
    str | None,
    typer.Option(help="Service of the settings (scep_validators) that validates SCEP challenges. Default: none"),
]
RaCertificateOption = Annotated[
    str | None,
    typer.Option(help="ID of the certificate with which a CMP registration authority signs. Default: none"),
]


@verb(app, "create")
def create(
    session: CommandSession,
    protocol: Annotated[str, typer.Option(help="Enrollment protocol: acme, est, scep, or cmp")],
    name: Annotated[str, typer.Option(help="Name, for example 'Branch routers'")],
    expires: Annotated[str, typer.Option(help="Lifetime as an ISO 8601 duration, for example P1Y")],
    ca: Annotated[str | None, typer.Option(help="CA by name or ID. Required except for acme")] = None,
    profile: Annotated[str | None, typer.Option(help="Certificate profile. Required except for acme")] = None,
    name_pattern: NamePatternOption = None,
    devices: DevicesOption = None,
    role: Annotated[str, typer.Option(help="Role that limits its permissions")] = "registration-authority",
    service_account: Annotated[str | None, typer.Option(help="Service account that owns it. Default: you")] = None,
    team: Annotated[str | None, typer.Option(help="Team that owns the new certificates")] = None,
    server_keys: ServerKeysOption = False,
    pre_authorized: PreAuthorizedOption = False,
    legacy_algorithms: LegacyOption = False,
    validator: ValidatorOption = None,
    ra_certificate: RaCertificateOption = None,
) -> None:
    """Create an enrollment credential and show its secret, which is shown only once."""
    body = {
        "protocol": protocol,
        "name": name,
        "expires": expires,
        "ca": ca,
        "profile": profile,
        "names": name_pattern or None,
        "devices": None if devices is None else _read_devices(devices),
        "role": role,
        "service_account": service_account,
        "team": team,
        "server_keys": server_keys,
        "pre_authorized": pre_authorized,
        "legacy_algorithms": legacy_algorithms,
        "validator": validator,
        "ra_certificate": ra_certificate,
    }
    issued = session.post("credentials", body=body)
    _warn_of_weaknesses(name_pattern or [], pre_authorized=pre_authorized, legacy_algorithms=legacy_algorithms)
    session.show(issued)


@verb(app, "list", lists=True)
def list_credentials(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List enrollment credentials, newest first."""
    page = session.pages("credentials", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "protocol", "name", "expires", "revoked_at")


@verb(app, "show")
def show(session: CommandSession, credential: CredentialArgument) -> None:
    """Show an enrollment credential without its secret."""
    session.show(session.get("credentials", credential))


@verb(app, "revoke")
def revoke(session: CommandSession, credential: CredentialArgument) -> None:
    """Revoke an enrollment credential permanently. Certificates that were issued with it stay valid."""
    session.show(session.post("credentials", credential, "revoke"))


def _warn_of_weaknesses(names: list[str], *, pre_authorized: bool, legacy_algorithms: bool) -> None:
    if pre_authorized:
        warn(
            f"Anyone who has this key gets certificates for {', '.join(names)} without validation. "
            "Store it as you store a private key."
        )
    if legacy_algorithms:
        warn(
            "3DES and SHA-1 are weak: others on the network can read the challenge of such a device. Use the "
            "credential only for devices that support nothing better, in a network that you trust."
        )


def _read_devices(path: str) -> list[str]:
    """Return the lines of a device list that are not empty and not comments (#)."""
    text = read_input(path, "--devices").decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines()]
    devices = [line for line in lines if line and not line.startswith("#")]
    if not devices:
        raise InvalidInput.of("--devices", "credential.devices", f"{path!r} must list at least one device")
    return devices
