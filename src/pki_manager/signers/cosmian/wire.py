"""KMIP 2.1 in JSON TTLV, as Cosmian KMS uses it: elements `{"tag", "type", "value"}`.

The server reads a stream, so `type` must precede `value`. A structure has no `type`. The server silently ignores
unknown names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

Element = dict[str, object]


class NotKmip(ValueError):
    """Raised for a response that is not KMIP, or does not match the request."""


def structure(tag: str, *elements: Element) -> Element:
    """Return a structure element."""
    return {"tag": tag, "value": list(elements)}


def text(tag: str, value: str) -> Element:
    """Return a TextString element."""
    return {"tag": tag, "type": "TextString", "value": value}


def enumeration(tag: str, name: str) -> Element:
    """Return an Enumeration element."""
    return {"tag": tag, "type": "Enumeration", "value": name}


def integer(tag: str, value: int) -> Element:
    """Return an Integer element."""
    return {"tag": tag, "type": "Integer", "value": value}


def boolean(tag: str, *, value: bool) -> Element:
    """Return a Boolean element."""
    return {"tag": tag, "type": "Boolean", "value": value}


def octets(tag: str, value: bytes) -> Element:
    """Return a ByteString element."""
    return {"tag": tag, "type": "ByteString", "value": value.hex().upper()}


def moment(tag: str, value: datetime) -> Element:
    """Return a DateTime element with a precision of one second."""
    return {"tag": tag, "type": "DateTime", "value": value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def encode(element: Element) -> bytes:
    """Return an element as JSON octets."""
    return json.dumps(element, separators=(",", ":")).encode("ascii")


def batch(operations: Sequence[Element]) -> Element:
    """Return a RequestMessage of several operations, each identified by its number."""
    version = structure("ProtocolVersion", integer("ProtocolVersionMajor", 2), integer("ProtocolVersionMinor", 1))
    return structure(
        "RequestMessage",
        structure("RequestHeader", version, integer("BatchCount", len(operations))),
        *(
            structure(
                "BatchItem",
                enumeration("Operation", str(operation["tag"])),
                octets("UniqueBatchItemID", _number(number)),
                {"tag": "RequestPayload", "value": operation["value"]},
            )
            for number, operation in enumerate(operations)
        ),
    )


def _number(number: int) -> bytes:
    return number.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class KmipResponse:
    """A structure in a response, read by tag names. Methods raise NotKmip if an element is missing or invalid."""

    tag: str
    elements: tuple[dict[str, object], ...]

    def structure(self, *path: str) -> KmipResponse:
        """Return the nested structure at the end of a path of tags."""
        found = self
        for tag in path:
            found = _structure(found._one(tag))
        return found

    def text(self, tag: str) -> str:
        """Return the value of a TextString, or the name of an Enumeration.

        Raises NotKmip if the element is missing or is not text.
        """
        value = self._one(tag).get("value")
        if not isinstance(value, str):
            raise NotKmip(f"{tag} is no text")
        return value

    def find_text(self, tag: str) -> str | None:
        return self.text(tag) if self.has(tag) else None

    def texts(self, tag: str) -> Iterator[str]:
        """Yield each value of a repeated text field."""
        for element in self.elements:
            if element.get("tag") == tag and isinstance(value := element.get("value"), str):
                yield value

    def structures(self, tag: str) -> Iterator[KmipResponse]:
        """Yield each structure with that tag."""
        for element in self.elements:
            if element.get("tag") == tag:
                yield _structure(element)

    def octets(self, tag: str) -> bytes:
        element = self._one(tag)
        value = element.get("value")
        if element.get("type") != "ByteString" or not isinstance(value, str):
            raise NotKmip(f"{tag} is no byte string")
        try:
            return bytes.fromhex(value)
        except ValueError:
            raise NotKmip(f"{tag} is no hexadecimal") from None

    def find_boolean(self, tag: str) -> bool | None:
        value = self._one(tag).get("value") if self.has(tag) else None
        return value if isinstance(value, bool) else None

    def has(self, tag: str) -> bool:
        return any(element.get("tag") == tag for element in self.elements)

    def _one(self, tag: str) -> dict[str, object]:
        found = [element for element in self.elements if element.get("tag") == tag]
        if len(found) != 1:
            raise NotKmip(f"{self.tag} has {len(found)} elements {tag}")
        return found[0]


def decode(body: bytes, tag: str) -> KmipResponse:
    """Return the response in the body. Raises NotKmip if the body is not JSON or has another tag."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotKmip("no JSON") from None
    if not isinstance(document, dict) or document.get("tag") != tag:
        raise NotKmip(f"no {tag}")
    return _structure(document)


def batch_items(message: KmipResponse, count: int) -> list[KmipResponse]:
    """Return the items of a ResponseMessage in the order of the operations.

    Raises NotKmip if one is missing or unknown.
    """
    by_number = [(item.octets("UniqueBatchItemID"), item) for item in message.structures("BatchItem")]
    items = dict(by_number)
    if len(items) != len(by_number) or set(items) != {_number(number) for number in range(count)}:
        raise NotKmip(f"{len(by_number)} answers to {count} operations, or answers to others")
    return [items[_number(number)] for number in range(count)]


def _structure(element: dict[str, object]) -> KmipResponse:
    tag, value = element.get("tag"), element.get("value")
    if not isinstance(tag, str) or element.get("type", "Structure") != "Structure" or not isinstance(value, list):
        raise NotKmip(f"{tag} is no structure")
    members = [one for one in value if isinstance(one, dict)]
    if len(members) != len(value):
        raise NotKmip(f"{tag} holds what is no element")
    return KmipResponse(tag, tuple(members))
