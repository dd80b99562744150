"""The documents beside the packages of a release: SBOM, license texts, locked requirements, checksums."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import canonicalize_name

from tools.release.components import PROJECT, Component

_RULE = "=" * 80
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_PLAIN_SPDX = frozenset({"MIT", "MIT-0", "ISC", "MPL-2.0", "PSF-2.0", "OFL-1.1", "0BSD", "Unlicense"})


def write_sbom(components: Sequence[Component], version: str, epoch: int, name: str = PROJECT) -> str:
    """Return a CycloneDX 1.6 document: every component of the package `name` with its license and its dependencies."""
    own = f"pkg:pypi/{name}@{version}"
    purls = {(component.kind, component.name): component.purl for component in components}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{own}#{epoch}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z"),
            "component": {
                "type": "application" if name == PROJECT else "library",
                "bom-ref": own,
                "name": name,
                "version": version,
                "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": [_describe(component) for component in components],
        "dependencies": [
            {"ref": own, "dependsOn": sorted(purls.values())},
            *(
                {"ref": one.purl, "dependsOn": [purls[one.kind, name] for name in one.needs]}
                for one in components
                if one.needs
            ),
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def write_licenses(components: Iterable[Component]) -> str:
    """Return the license texts of all components, one after the other."""
    head = "PKI Manager installs or contains these packages. Their license texts follow.\n"
    parts = (
        f"{_RULE}\n{one.name} {one.version} ({one.license})\n\n{one.text or 'The package ships no license text.'}\n"
        for one in components
    )
    return "\n".join((head, *parts))


def lock_requirements(lock: str, components: Iterable[Component]) -> str:
    """Return the lines of the lock file for the packages of a release, with their hashes."""
    names = {component.name for component in components if component.kind == "pypi"}
    entries = [entry for entry in _PIN.finditer(lock) if canonicalize_name(entry[1]) in names]
    lines = "".join(entry[0] for entry in entries).splitlines()
    return "".join(f"{line}\n" for line in lines if not line.lstrip().startswith("#"))


def write_checksums(files: Iterable[Path]) -> str:
    """Return checksums in the format that `sha256sum --check` reads."""
    rows = ((hashlib.sha256(file.read_bytes()).hexdigest(), file.name) for file in files)
    return "".join(f"{digest}  {name}\n" for digest, name in sorted(rows, key=lambda row: row[1]))


def _describe(component: Component) -> dict[str, object]:
    return {
        "type": "library",
        "bom-ref": component.purl,
        "name": component.name,
        "version": component.version,
        "purl": component.purl,
        "licenses": [_license(component.license)],
    }


def _license(text: str) -> dict[str, object]:
    """Return the license as an SPDX expression if it is valid, else the text of the package."""
    if text in _PLAIN_SPDX or (_SPDX.fullmatch(text) and "-" in text):
        return {"expression": text}
    return {"license": {"name": text}}
