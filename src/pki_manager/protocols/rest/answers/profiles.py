"""Profiles as they are answered."""

from __future__ import annotations

from pydantic import BaseModel

from pki_manager.domain import profile, profile_codec


class SubjectRule(BaseModel):
    attributes: list[str]
    required: list[str]
    common_name: profile.CommonName
    surplus: profile.Surplus


class SanRule(BaseModel):
    kinds: list[str]
    minimum: int
    maximum: int
    wildcards: bool


class ValidityRule(BaseModel):
    default: str
    maximum: str
    backdate: str | None
    backdate_limit: str
    future_limit: str
    past_issuer: profile.PastIssuer


class Excuse(BaseModel):
    rule: str
    reason: str


class Profile(BaseModel):
    """One version of a profile; durations are ISO 8601 text."""

    name: str
    version: int
    kind: profile.ProfileKind
    description: str
    key_types: list[str]
    subject: SubjectRule
    sans: SanRule
    validity: ValidityRule
    key_usage: list[str]
    key_usage_rsa: list[str]
    extended_key_usage: list[str]
    requested_extensions: profile.Surplus
    crl_pointer: bool
    ocsp_pointer: bool
    ocsp_nocheck: bool
    path_length: int | None
    lint: profile.LintDepth
    excuses: list[Excuse]

    @classmethod
    def of(cls, one: profile.Profile) -> Profile:
        return cls.model_validate(profile_codec.to_dict(one))


class ProfilePage(BaseModel):
    items: list[Profile]
    next_cursor: str | None
