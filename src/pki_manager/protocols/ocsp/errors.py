"""Errors as OCSP response statuses (RFC 6960 §2.3), which contain no reason."""

from __future__ import annotations

from pki_manager.domain import errors
from pki_manager.domain.errors import PkiError
from pki_manager.x509.ocsp.response import OcspError

STATUS: dict[type[PkiError], OcspError] = {
    errors.PkiError: OcspError.INTERNAL_ERROR,
    errors.InvalidInput: OcspError.MALFORMED_REQUEST,
    errors.Malformed: OcspError.MALFORMED_REQUEST,
    errors.TooLarge: OcspError.MALFORMED_REQUEST,
    errors.UnsupportedMedia: OcspError.MALFORMED_REQUEST,
    errors.IdempotencyMismatch: OcspError.MALFORMED_REQUEST,
    errors.BadNonce: OcspError.MALFORMED_REQUEST,
    errors.Refused: OcspError.INTERNAL_ERROR,
    errors.PolicyRefused: OcspError.INTERNAL_ERROR,
    errors.LintRefused: OcspError.INTERNAL_ERROR,
    errors.OutboundRefused: OcspError.INTERNAL_ERROR,
    errors.DeviceCodeExpired: OcspError.INTERNAL_ERROR,
    errors.DeviceAccessDenied: OcspError.INTERNAL_ERROR,
    errors.AuthorizationPending: OcspError.INTERNAL_ERROR,
    errors.SlowDown: OcspError.INTERNAL_ERROR,
    errors.NotFound: OcspError.UNAUTHORIZED,
    errors.AccessError: OcspError.UNAUTHORIZED,
    errors.Unauthenticated: OcspError.UNAUTHORIZED,
    errors.SignInFailed: OcspError.UNAUTHORIZED,
    errors.IdentityRefused: OcspError.UNAUTHORIZED,
    errors.FreshAuthenticationRequired: OcspError.UNAUTHORIZED,
    errors.Forbidden: OcspError.UNAUTHORIZED,
    errors.CrossSiteRequest: OcspError.UNAUTHORIZED,
    errors.TooManyAttempts: OcspError.TRY_LATER,
    errors.Conflict: OcspError.TRY_LATER,
    errors.NameTaken: OcspError.TRY_LATER,
    errors.InFlight: OcspError.TRY_LATER,
    errors.KeyOwnerRequired: OcspError.TRY_LATER,
    errors.ApprovalNeeded: OcspError.TRY_LATER,
    errors.PartUnavailable: OcspError.TRY_LATER,
    errors.BackendUnavailable: OcspError.TRY_LATER,
    errors.StorageUnavailable: OcspError.TRY_LATER,
    errors.OutboundFailed: OcspError.TRY_LATER,
    errors.NameUnresolved: OcspError.TRY_LATER,
    errors.TlsFailed: OcspError.TRY_LATER,
    errors.ProviderUnavailable: OcspError.TRY_LATER,
    errors.ClockBehind: OcspError.TRY_LATER,
    errors.ClockAhead: OcspError.TRY_LATER,
    errors.ConfigurationInvalid: OcspError.INTERNAL_ERROR,
    errors.HomeUnusable: OcspError.INTERNAL_ERROR,
    errors.Fault: OcspError.INTERNAL_ERROR,
}
"""OCSP response status of every error class. `unauthorized` is for certificates without a record (RFC 5019 §2.2.3)."""


def get_status(error: PkiError) -> OcspError:
    """Return the OCSP response status of an error."""
    return STATUS[type(error)]
