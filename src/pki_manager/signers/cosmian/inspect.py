"""Checks of a KMS: its availability, the identity it reports, and conditions that an operator should fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily
from pki_manager.domain.errors import BackendUnavailable
from pki_manager.ports.signer import BackendDescription, BackendState
from pki_manager.signers.cosmian.client import KmsClient, KmsRefused, build_invalid_response_error
from pki_manager.signers.cosmian.wire import KmipResponse, NotKmip, enumeration, structure, text
from pki_manager.signers.options import COSMIAN

LOOK_SECONDS = 3.0
"""Time limit of a status check in seconds. A slower KMS counts as unavailable."""

SAFE_VERSION = (5, 28, 0)
"""First version in which only a key's owner can reset Sensitive (GHSA-8mmx-f92q-2gq8, GHSA-c75c-3cmm-48h7)."""

_ML_DSA_VERSION, _ML_DSA_OPENSSL = (5, 18, 0), (3, 5)
_NEEDED = frozenset({"Sign", "Get", "GetAttributes"})
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_OPENSSL = re.compile(r"OpenSSL (\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class _Facts:
    """Facts that do not change while the KMS runs. `version_text` is the version that the KMS reports."""

    version_text: str
    operations: frozenset[str]

    @property
    def version(self) -> tuple[int, ...]:
        found = _VERSION.search(self.version_text)
        return tuple(map(int, found.groups())) if found else (0,)

    @property
    def key_types(self) -> tuple[str, ...]:
        openssl = _OPENSSL.search(self.version_text)
        lattices = (
            "non-FIPS" in self.version_text
            and self.version >= _ML_DSA_VERSION
            and openssl is not None
            and tuple(map(int, openssl.groups())) >= _ML_DSA_OPENSSL
        )
        return tuple(
            row.name
            for row in KEY_TYPES.values()
            if row.signatures and (lattices or row.family is not KeyFamily.ML_DSA)
        )


class Inspector:
    """The implementation of `describe` and `check` of a Cosmian key backend, and of the grants on its keys."""

    def __init__(self, name: str, runtime: KmsClient, owner: KmsClient | None) -> None:
        self._name = name
        self._runtime = runtime
        self._owner = owner
        self._facts: _Facts | None = None
        self._types: tuple[str, ...] = ()

    def describe(self) -> BackendDescription:
        """Return the state, version, and identity."""
        try:
            return self._seen(())
        except BackendUnavailable as error:
            return self._away(error)

    def check(self, key_ids: Sequence[str]) -> BackendDescription:
        """Return `describe` with warnings about the server, the runtime identity's permissions, and these keys."""
        self._facts = None
        try:
            return self._seen(tuple(dict.fromkeys((*self._about_us(), *self._about_keys(key_ids)))))
        except BackendUnavailable as error:
            return self._away(error)

    def grant(self, key_id: str, right: str) -> None:
        """Grant the runtime identity a permission on a key, as its owner.

        Raises BackendUnavailable if the KMS refuses, or if the settings have no credentials of the owner.
        """
        owner = self._owner
        if owner is None:
            raise BackendUnavailable(
                "The settings contain no credentials of the key owner, who can grant permissions.", key=key_id
            )
        order = {"unique_identifier": key_id, "user_id": _who(self._runtime), "operation_types": [right]}
        try:
            owner.post("/access/grant", order)
        except KmsRefused as refused:
            if not refused.says("grant yourself"):
                raise BackendUnavailable(
                    f"The KMS refused to grant {right} on key {key_id!r}: {refused.text}.", key=key_id
                ) from None

    def _seen(self, warnings: tuple[str, ...]) -> BackendDescription:
        self._require_healthy()
        identity = _who(self._runtime)
        facts = self._learned()
        missing = _NEEDED - facts.operations
        if missing:
            raise BackendUnavailable(f"The KMS does not support {', '.join(sorted(missing))}.")
        return BackendDescription(
            self._name,
            COSMIAN,
            BackendState.AVAILABLE,
            None,
            facts.key_types,
            version=facts.version_text,
            identity=identity,
            owner=_who(self._owner) if self._owner is not None else None,
            warnings=(*_about_version(facts), *warnings),
        )

    def _away(self, error: BackendUnavailable) -> BackendDescription:
        self._facts = None
        return BackendDescription(self._name, COSMIAN, BackendState.UNAVAILABLE, error.detail, self._types)

    def _require_healthy(self) -> None:
        try:
            health = self._runtime.get("/health", LOOK_SECONDS)
        except KmsRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:  # before 5.15; that it has a version says that it is there
                return
            raise BackendUnavailable(f"The KMS refused the health check: {refused.text}.") from refused
        if not isinstance(health, dict) or health.get("status") != "UP":
            raise BackendUnavailable("The KMS reports that it is not healthy.")

    def _learned(self) -> _Facts:
        """Return facts about the KMS.

        They are read again after the KMS was unavailable, because its version can change.
        """
        if self._facts is None:
            response = self._runtime.get("/version", LOOK_SECONDS)
            query = structure("Query", enumeration("QueryFunction", "QueryOperations"))
            try:
                answer = self._runtime.kmip(query)
            except KmsRefused as refused:
                raise BackendUnavailable(f"The KMS refused the query of its functions: {refused.text}.") from refused
            self._facts = _Facts(str(response), frozenset(answer.texts("Operation")))
            self._types = self._facts.key_types
        return self._facts

    def _about_us(self) -> Iterator[str]:
        if self._owner is None:
            return
        identity = _who(self._owner)
        if self._owner is self._runtime:
            yield (
                f"The KMS requires no credentials: everyone who can reach it acts as {identity!r} and owns every key."
            )
        elif identity == _who(self._runtime):
            yield (f"The identity {identity!r} both signs and owns the keys. A key owner can export keys from the KMS.")

    def _about_keys(self, key_ids: Sequence[str]) -> Iterator[str]:
        if not key_ids:
            return
        rights = None if self._owns() else self._rights()
        for key_id in key_ids:
            try:
                attributes = self._attributes(key_id)
            except KmsRefused:
                yield f"Key {key_id!r} does not exist, or this installation has no permission for it."
                continue
            yield from _about_key(key_id, attributes)
            yield from self._about_rights(key_id, rights, _wrapped_by(attributes))

    def _about_rights(self, key_id: str, rights: dict[str, frozenset[str]] | None, kek: str | None) -> Iterator[str]:
        """Yield warnings about the permissions on one key: too many, or too few for a wrapped key.

        `get` on a private key permits every use of the key and also exporting it.
        """
        if rights is None:
            return
        if "get" in rights.get(key_id, frozenset()):
            yield f"This installation may `get` key {key_id!r}. Revoke that permission; `sign` is sufficient."
        if kek is not None and not rights.get(kek, frozenset()) & {"decrypt", "get"}:
            yield (
                f"Key {key_id!r} is wrapped by {kek!r}, which {_who(self._runtime)!r} may not `decrypt`. "
                "Signing fails when the KMS forgets the unwrapped key, at the latest when it restarts."
            )

    def _owns(self) -> bool:
        """Return whether the runtime identity owns the keys. An owner needs no grants."""
        return self._owner is not None and _who(self._owner) == _who(self._runtime)

    def _rights(self) -> dict[str, frozenset[str]] | None:
        """Return the operations granted to the runtime identity, by object ID; None if the KMS does not report them."""
        try:
            response = self._runtime.get("/access/obtained")
        except KmsRefused:
            return None
        rows = [row for row in response if isinstance(row, dict)] if isinstance(response, list) else []
        return {str(row.get("object_id")): frozenset(map(str, row.get("operations") or ())) for row in rows}

    def _attributes(self, key_id: str) -> KmipResponse:
        try:
            query = structure("GetAttributes", text("UniqueIdentifier", key_id))
            return self._runtime.kmip(query).structure("Attributes")
        except NotKmip as error:
            raise build_invalid_response_error(error) from error


def _who(client: KmsClient) -> str:
    """Return the identity that the KMS reports for this client. Raises BackendUnavailable if it reports none."""
    try:
        response = client.get("/me", LOOK_SECONDS)
    except KmsRefused as refused:
        raise BackendUnavailable(f"The KMS refused the credentials: {refused.text}.") from refused
    user = response.get("user") if isinstance(response, dict) else None
    if not isinstance(user, str):
        raise build_invalid_response_error(NotKmip("no user"))
    return user


def _about_version(facts: _Facts) -> Iterator[str]:
    if facts.version < SAFE_VERSION:
        minimum = ".".join(map(str, SAFE_VERSION))
        known = f"Version {facts.version_text} of the KMS has known weaknesses in key protection."
        yield f"{known} Upgrade to {minimum} or later."


def _about_key(key_id: str, attributes: KmipResponse) -> Iterator[str]:
    state = attributes.find_text("State")
    if state != "Active":
        yield f"Key {key_id!r} is {state} and cannot sign."
    if attributes.find_boolean("Sensitive") is not True:
        yield f"Key {key_id!r} is not Sensitive. Everyone who may `get` it receives it in plain text."
    if attributes.find_boolean("Extractable") is not False:
        yield f"Key {key_id!r} is Extractable. It can be exported from the KMS wrapped."


def _wrapped_by(attributes: KmipResponse) -> str | None:
    for link in attributes.structures("Link"):
        if link.find_text("LinkType") == "WrappingKeyLink":
            return link.find_text("LinkedObjectIdentifier")
    return None
