"""The contents of a certificate profile: what its certificates can contain."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily
from pki_manager.domain.profiles.extensions import CustomExtension
from pki_manager.domain.profiles.terms import (
    Criticality,
    KeyReuse,
    LintDepth,
    LintException,
    PolicyInformation,
    ProfileKind,
    ProfileState,
    SanRule,
    SubjectRule,
    UnlistedHandling,
    ValidityRule,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileContents:
    """One version of a profile, not yet checked.

    `key_usage` are RFC 5280 bit names; `key_usage_rsa` and `key_usage_ec` are added for keys of that family.
    `extended_key_usage` and `requestable_extensions` are dotted OIDs. A request can contain the latter besides
    alternative names; their values are those of the profile. `extensions` are further extensions of every certificate,
    in this order. `path_length` is the default for CA profiles. If `include_crl_url` or `include_ocsp_url` is False,
    that URL is omitted. `public_tls` adds the lint rules of the CA/Browser Forum. `state` is not part of the
    definition.
    """

    name: str
    version: int = 1
    kind: ProfileKind
    description: str
    key_types: tuple[str, ...]
    key_reuse: KeyReuse = KeyReuse.ALLOW
    subject: SubjectRule
    sans: SanRule
    validity: ValidityRule
    key_usage: tuple[str, ...]
    key_usage_rsa: tuple[str, ...] = ()
    key_usage_ec: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()
    critical: tuple[Criticality, ...] = (Criticality.KEY_USAGE,)
    policies: tuple[PolicyInformation, ...] = ()
    requested_extensions: UnlistedHandling = UnlistedHandling.IGNORE
    requestable_extensions: tuple[str, ...] = ()
    extensions: tuple[CustomExtension, ...] = ()
    include_crl_url: bool = True
    include_ocsp_url: bool = True
    ocsp_nocheck: bool = False
    no_rev_avail: bool = False
    path_length: int | None = None
    public_tls: bool = False
    lint: LintDepth = LintDepth.FULL
    lint_exceptions: tuple[LintException, ...] = ()
    state: ProfileState = ProfileState.ACTIVE

    def is_ca(self) -> bool:
        return self.kind in (ProfileKind.CA, ProfileKind.ROOT)

    def key_usage_of(self, key_type: str) -> tuple[str, ...]:
        """Return the keyUsage bits of a certificate for a key of this type (a name of the algorithm table)."""
        more = {KeyFamily.RSA: self.key_usage_rsa, KeyFamily.EC: self.key_usage_ec}
        return self.key_usage + more.get(KEY_TYPES[key_type].family, ())
