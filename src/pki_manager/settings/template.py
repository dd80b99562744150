"""The settings file that `pkim init` writes: the settings of a first start, each with a comment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pki_manager.authority.kernel import durable_file
from pki_manager.domain.errors import Conflict, FieldError
from pki_manager.settings.sources import FILE_NAME, read_file

NETWORK_SETTINGS: Mapping[str, str] = {
    "tls_bind": "Address of the web UI, the REST API, and ACME over TLS.",
    "public_url": "URL by which people and clients reach it. Links, passkeys, and ACME use it.",
    "allowed_hosts": "Further names and addresses of this server. Its own certificate contains them.",
    "status_bind": "Address of the status listener: OCSP, CRLs, and CA certificates over plain HTTP.",
    "public_status_url": "Base of the status URLs in certificates. A change is for new CA keys only.",
}
_HEAD = """\
# Settings of this PKI Manager installation. `pkim config explain` lists all of them.
# Restart the server after a change. An environment variable PKIM_<NAME> replaces a line here.
"""
_LOCAL = """
# This installation is a local trial: it serves this machine only, and certificates point to localhost.
# To serve other machines: pkim init --network --host HOSTNAME
"""


def write_settings(home: Path, values: Mapping[str, str | list[str]]) -> None:
    """Add settings at the beginning of the settings file of the data directory.

    If `values` is empty and the file is missing, the file for a local trial is created. Raises Conflict, without
    changing the file, if the file has another value for one of them; StorageUnavailable if it cannot be written.
    """
    path = home / FILE_NAME
    present = read_file(path, [])
    faults = tuple(
        FieldError(name, "settings.present", f"is {present[name]!r} in {path}, not {value!r}: edit the file")
        for name, value in values.items()
        if name in present and present[name] != value
    )
    if faults:
        raise Conflict(
            f"{path} has other values: {', '.join(fault.field for fault in faults)}. Edit it.", errors=faults
        )
    added = {name: value for name, value in values.items() if name not in present}
    text = path.read_text(encoding="utf-8").replace(_LOCAL, "") if path.exists() else _HEAD
    if added:
        head, body = (_HEAD, text.removeprefix(_HEAD)) if text.startswith(_HEAD) else ("", text)
        durable_file.replace(path, f"{head}{format_settings(added)}{body}".encode())
    elif not path.exists():
        durable_file.replace(path, (_HEAD + _LOCAL).encode())


def format_settings(values: Mapping[str, str | list[str]]) -> str:
    """Return settings as TOML, each with its comment."""
    return "".join(
        f"\n# {NETWORK_SETTINGS[name]}\n{name} = {json.dumps(value, ensure_ascii=False)}\n"
        for name, value in values.items()
    )
