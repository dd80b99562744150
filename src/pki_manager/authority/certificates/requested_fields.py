"""Values of request fields in the extensions of a request: of a CSR, or of a certificate template of CMP."""

from __future__ import annotations

from dataclasses import replace

from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.request import RequestedContents, RequestFacts
from pki_manager.policy.extensions import require_readable
from pki_manager.x509.asn1.typed_value import read_extension_fields


def add_requested_fields(requested: RequestedContents, facts: RequestFacts, profile: Profile) -> RequestedContents:
    """Return the request with the field values in its extensions. Values that it sets otherwise replace them all.

    The profile decides whether the extension is critical. Raises PolicyRefused if an extension contains another type of
    value than the field of the profile.
    """
    if requested.fields is not None or not facts.extension_values:
        return requested
    found = read_extension_fields(dict(facts.extension_values), profile.extensions)
    require_readable(found.unreadable)
    return replace(requested, fields=found.values)
