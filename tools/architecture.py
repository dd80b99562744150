"""Writes the drawing and the import table of `docs/explanation/architecture.md` from the import contracts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tools.markdown import code, table

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "architecture.md"
PACKAGE = "pki_manager"

_BEGIN = "<!-- Generated from the import contracts in pyproject.toml (`make generate`): change them, not this part. -->"
_END = "<!-- End of the generated part. -->"
_GAP = "    "

Layers = tuple[tuple[str, ...], ...]
"""Rooms from the top to the bottom; the rooms of one layer do not import each other."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The layers of one package, `package` being its dotted name."""

    package: str
    layers: Layers


def page() -> str:
    """Return the text of the page, with its generated part renewed."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    contracts = read_contracts()
    return f"{before}{_BEGIN}\n\n{draw(contracts)}\n\n{imports(contracts)}\n\n{_END}{after}"


def read_contracts() -> Sequence[Mapping[str, Any]]:
    """Return the import contracts of `pyproject.toml`."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[Mapping[str, Any]] = configuration["tool"]["importlinter"]["contracts"]
    return contracts


def stacks(contracts: Sequence[Mapping[str, Any]]) -> list[Stack]:
    """Return the layers of every package that has a layers contract, in the order of the contracts."""
    return [
        Stack(package, tuple(tuple(room.strip() for room in layer.split("|")) for layer in contract["layers"]))
        for contract in contracts
        if contract["type"] == "layers"
        for package in contract["containers"]
    ]


def draw(contracts: Sequence[Mapping[str, Any]]) -> str:
    """Return a code block with one stack of boxes for each package, two side by side."""
    boxes = [list(_boxes(stack)) for stack in stacks(contracts)]
    rows, nothing = [], list[str]()
    for left, right in zip_longest(boxes[::2], boxes[1::2], fillvalue=nothing):
        width = max(map(len, left))
        lines = zip_longest(left, right, fillvalue="")
        rows.append("\n".join(f"{one:{width}}{_GAP}{other}".rstrip() for one, other in lines))
    return "```text\n" + "\n\n".join(rows) + "\n```"


def _boxes(stack: Stack) -> Iterator[str]:
    """Yield the lines of one stack: the name of the package, and a box for each layer."""
    texts = [" │ ".join(layer) for layer in stack.layers]
    width = max(map(len, texts))
    yield stack.package
    yield f"┌─{'─' * width}─┐"
    for number, text in enumerate(texts):
        if number:
            yield f"├─{'─' * width}─┤"
        yield f"│ {text:{width}} │"
    yield f"└─{'─' * width}─┘"


def imports(contracts: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of the rooms of the whole package: what each can import, and which libraries it cannot."""
    layers = next(stack.layers for stack in stacks(contracts) if stack.package == PACKAGE)
    rows = []
    for number, layer in enumerate(layers):
        below = [room for lower in layers[number + 1 :] for room in lower]
        for room in layer:
            forbidden = _forbidden(contracts, room)
            allowed = [other for other in below if f"{PACKAGE}.{other}" not in forbidden]
            libraries = [name for name in forbidden if not name.startswith(f"{PACKAGE}.")]
            rooms = "every room below" if allowed == below and len(below) > 1 else code(*allowed) or "no other room"
            rows.append((code(room), rooms, code(*libraries) or "none"))
    return table(("Room", "Can import", "Forbidden libraries"), rows)


def _forbidden(contracts: Sequence[Mapping[str, Any]], room: str) -> list[str]:
    """Return the modules and libraries that the contracts forbid to a room as a whole."""
    return [
        module
        for contract in contracts
        if contract["type"] == "forbidden" and f"{PACKAGE}.{room}" in contract["source_modules"]
        for module in contract["forbidden_modules"]
    ]
