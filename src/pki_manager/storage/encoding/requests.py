"""Requested contents, risks, and approval rules as JSON text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from pki_manager.domain.duration import Duration
from pki_manager.domain.profiles.extensions import FieldValue
from pki_manager.domain.queue import Application, Risk, Weight
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.storage.encoding.names import dump, sans_from_json, sans_to_json, subject_from_json, subject_to_json


def application_to_json(application: Application) -> str:
    """Return the requested contents (an Application) as JSON text."""
    requested, fields = application.requested, application.requested.fields
    values = {oid: _base64(value) for oid, value in application.extension_values}
    return dump(
        {
            "ca": application.ca,
            "profile": application.profile,
            "csr": _base64(application.csr_der),
            "spki": _base64(application.spki_der),
            "key_type": application.key_type,
            "renews": None if application.renews is None else str(application.renews),
            "subject": None if requested.subject is None else subject_to_json(requested.subject),
            "sans": None if requested.sans is None else sans_to_json(requested.sans),
            "extensions": list(application.requested_extensions),
            **({} if not values else {"values": values}),
            **({} if fields is None else {"fields": {one.name: one.value for one in fields}}),
            **requested.validity.to_json(),
        }
    )


def application_from_json(text: str) -> Application:
    """Read requested contents (an Application) from JSON text. Earlier versions stored no extensions or fields."""
    value: dict[str, Any] = json.loads(text)
    fields: dict[str, str] | None = value.get("fields")
    return Application(
        ca=value["ca"],
        profile=value["profile"],
        csr_der=_octets(value["csr"]),
        spki_der=_octets(value["spki"]),
        key_type=value["key_type"],
        renews=None if value["renews"] is None else UUID(value["renews"]),
        requested_extensions=tuple(value.get("extensions", ())),
        extension_values=tuple((oid, base64.b64decode(octets)) for oid, octets in value.get("values", {}).items()),
        requested=RequestedContents(
            subject=None if value["subject"] is None else subject_from_json(value["subject"]),
            sans=None if value["sans"] is None else sans_from_json(value["sans"]),
            validity=ValidityRequest(
                None if value["duration"] is None else Duration.parse(value["duration"]),
                _moment(value["not_before"]),
                _moment(value["not_after"]),
            ),
            fields=None if fields is None else tuple(FieldValue(name, text) for name, text in fields.items()),
        ),
    )


def risks_to_json(risks: Iterable[Risk]) -> str:
    """Return risks as JSON text."""
    return dump([[risk.code, risk.weight.value, risk.field, risk.message, list(risk.certificates)] for risk in risks])


def risks_from_json(text: str) -> tuple[Risk, ...]:
    """Read risks from JSON text. Earlier versions stored no certificate IDs."""
    return tuple(
        Risk(code, Weight(weight), field, message, tuple(certificates[0]) if certificates else ())
        for code, weight, field, message, *certificates in json.loads(text)
    )


def _base64(octets: bytes | None) -> str | None:
    return None if octets is None else base64.b64encode(octets).decode("ascii")


def _octets(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
