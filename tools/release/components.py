"""The third-party components of a release, with version, license, and license texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "pki-manager"
EXTRAS = ("pkcs11", "postgresql")
_TEXT = re.compile(r"(licen[cs]e|copying|notice|authors)([.-].*)?", re.IGNORECASE)
_CLASSIFIER = "License :: OSI Approved :: "
_ENTRY = re.compile(r"^={80}\n(?P<name>\S+) (?P<version>\S+) \((?P<license>.*)\)\n\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A package that a release contains or installs.

    `needs` are the names of its own dependencies, of the same kind. `qualifiers` end the package URL.
    """

    kind: str
    name: str
    version: str
    license: str
    text: str
    needs: tuple[str, ...] = ()
    qualifiers: str = ""

    @property
    def purl(self) -> str:
        """Return the package URL (purl-spec), for example with an encoded at sign of an npm scope."""
        return f"pkg:{self.kind}/{quote(self.name)}@{quote(self.version)}{self.qualifiers}"


def find_python_components(*roots: str) -> list[Component]:
    """Return all packages that the wheel and its extras install on this platform, from the installed distributions.

    With `roots`, return those packages and what they need instead.
    """
    found: dict[str, Component] = {}
    waiting = [(root, frozenset[str]()) for root in roots] or [(PROJECT, frozenset(EXTRAS))]
    while waiting:
        name, extras = waiting.pop()
        distribution = metadata.distribution(name)
        needs = list(_find_needs(distribution, extras))
        waiting += [(need.name, frozenset(need.extras)) for need in needs if canonicalize_name(need.name) not in found]
        if name != PROJECT:
            found[canonicalize_name(name)] = _describe(distribution, needs)
    return [found[name] for name in sorted(found)]


def find_web_components(listing: str) -> list[Component]:
    """Return all packages in the web UI, from the license file that its build writes."""
    entries = list(_ENTRY.finditer(listing))
    ends = [*(entry.start() for entry in entries[1:]), len(listing)]
    return [
        Component(
            kind="npm",
            name=entry["name"],
            version=entry["version"],
            license=entry["license"],
            text=listing[entry.end() : end].strip(),
        )
        for entry, end in zip(entries, ends, strict=True)
    ]


def _find_needs(distribution: metadata.Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in distribution.requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def _describe(distribution: metadata.Distribution, needs: list[Requirement]) -> Component:
    return Component(
        kind="pypi",
        name=canonicalize_name(distribution.name),
        version=distribution.version,
        license=_find_license(distribution),
        text="\n\n".join(_read_texts(distribution)),
        needs=tuple(sorted({canonicalize_name(need.name) for need in needs})),
    )


def _find_license(distribution: metadata.Distribution) -> str:
    fields = distribution.metadata
    lines = fields.get_all("Classifier") or ()
    classifiers = ", ".join(line.removeprefix(_CLASSIFIER) for line in lines if _CLASSIFIER in line)
    expression, free_text = ((fields.get_all(name) or [""])[0] for name in ("License-Expression", "License"))
    return expression or classifiers or free_text.partition("\n")[0] or "see text"


def _read_texts(distribution: metadata.Distribution) -> Iterator[str]:
    for file in sorted(distribution.files or (), key=str):
        if _TEXT.fullmatch(file.name) and ".dist-info" in str(file):
            yield Path(str(distribution.locate_file(file))).read_text(encoding="utf-8", errors="replace").strip()
