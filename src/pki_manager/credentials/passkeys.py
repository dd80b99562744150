"""Passkeys: WebAuthn Level 3 §7.1 and §7.2, with the library `webauthn`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.people.factor import Passkey
from pki_manager.domain.people.user import User
from pki_manager.ports.factors import PasskeyCredential, RelyingParty

_NAME = "PKI Manager"
_FOREIGN = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""Exceptions that the library raises for invalid input, including built-in ones."""

_MAX_CREDENTIAL_ID = 1023


class WebAuthn:
    """The WebAuthn operations (`ports.factors.PasskeyRites`)."""

    def build_registration_options(
        self, party: RelyingParty, user: User, known: Sequence[bytes], challenge: bytes
    ) -> dict[str, Any]:
        options = webauthn.generate_registration_options(
            rp_id=party.id,
            rp_name=_NAME,
            user_id=user.id.bytes,
            user_name=user.login,
            user_display_name=user.display_name,
            challenge=challenge,
            exclude_credentials=_descriptors(known),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
        return _parse_options(webauthn.options_to_json(options))

    def register(self, party: RelyingParty, credential: Mapping[str, Any], challenge: bytes) -> PasskeyCredential:
        try:
            made = webauthn.verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=party.id,
                expected_origin=list(party.origins),
                require_user_verification=True,
            )
        except _FOREIGN:
            raise _not_right() from None
        if len(made.credential_id) > _MAX_CREDENTIAL_ID:
            raise _not_right()
        return PasskeyCredential(made.credential_id, made.credential_public_key, made.sign_count)

    def build_assertion_options(self, party: RelyingParty, known: Sequence[bytes], challenge: bytes) -> dict[str, Any]:
        options = webauthn.generate_authentication_options(
            rp_id=party.id,
            challenge=challenge,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _parse_options(webauthn.options_to_json(options))

    def read_challenge(self, credential: Mapping[str, Any]) -> bytes:
        try:
            client_data = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
            return base64url_to_bytes(client_data["challenge"])
        except (*_FOREIGN, RecursionError):
            raise _not_right() from None

    def read_credential_id(self, credential: Mapping[str, Any]) -> bytes:
        try:
            return base64url_to_bytes(credential["rawId"])
        except _FOREIGN:
            raise _not_right() from None

    def verify(
        self, party: RelyingParty, credential: Mapping[str, Any], challenge: bytes, passkey: Passkey
    ) -> int | None:
        try:
            handle = credential["response"].get("userHandle")
            if handle and base64url_to_bytes(handle) != passkey.user_id.bytes:
                return None
            verified = webauthn.verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=party.id,
                expected_origin=list(party.origins),
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except _FOREIGN:
            return None
        return verified.new_sign_count


def _descriptors(known: Sequence[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one) for one in known]


def _parse_options(options: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(options)
    return parsed


def _not_right() -> InvalidInput:
    return InvalidInput.of("credential", "passkey.answer", "is not a valid response to the challenge")
