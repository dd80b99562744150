"""ACME rules: which identifiers can be requested, and whether a validation response proves control of them."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from hmac import compare_digest

from pki_manager.domain.acme.orders import AcmeProblem, ChallengeKind, Identifier, IdentifierKind
from pki_manager.domain.acme.proof import ALPN, AlpnCertificate, CaaRecord, Fetched
from pki_manager.domain.errors import FieldError, InvalidInput
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameKind
from pki_manager.domain.request import RequestFacts
from pki_manager.policy.constraints import list_names_in_subject
from pki_manager.policy.issue_value import parse_issue_value
from pki_manager.policy.names import is_address, quote_name
from pki_manager.policy.reasons import Findings

_OK = 200
_MAX_FAULTS = 10
_WHITESPACE = b" \t\r\n"

_UNDERSTOOD = frozenset({"issue", "issuewild", "issuemail", "iodef"})
"""Critical CAA properties that are supported.

`issuemail` and `iodef` do not concern host names (RFC 9495, RFC 8659 §4.4).
"""


def parse_identifier(kind: str, value: str) -> Identifier:
    """Return the identifier in normalized form.

    Raises InvalidInput with the rule `acme.identifier_kind` for an unknown type, or `acme.identifier` for a name that
    no certificate can contain.
    """
    try:
        known = IdentifierKind(kind)
    except ValueError:
        raise InvalidInput.of("identifiers", "acme.identifier_kind", f"must be dns or ip, not {kind!r}") from None
    try:
        name = AlternativeName.of(NameKind.DNS if known is IdentifierKind.DNS else NameKind.IP, value)
    except InvalidInput as error:
        raise InvalidInput.of("identifiers", "acme.identifier", error.errors[0].message) from None
    return Identifier(known, name.value)


def name_identifier_fields(errors: Sequence[FieldError], identifiers: Sequence[Identifier]) -> tuple[FieldError, ...]:
    """Return the errors of a refusal. The field of an error about one name becomes `identifiers.N`, N from 0."""
    fields = {quote_name(one.san()): f"identifiers.{number}" for number, one in enumerate(identifiers)}

    def field_of(error: FieldError) -> str:
        return next((name for quoted, name in fields.items() if error.message.startswith(f"{quoted}:")), error.field)

    return tuple(FieldError(field_of(one), one.rule, one.message) for one in errors)


def list_challenge_kinds(identifier: Identifier, *, is_persistent: bool = False) -> tuple[ChallengeKind, ...]:
    """Return the challenge types that can prove control of an identifier.

    A wildcard can be proved only by DNS (RFC 8555 §8.3), an IP address not by DNS (RFC 8738 §7). `is_persistent`:
    dns-persist-01 is offered.
    """
    if identifier.kind is IdentifierKind.IP:
        return ChallengeKind.HTTP_01, ChallengeKind.TLS_ALPN_01
    persistent = (ChallengeKind.DNS_PERSIST_01,) if is_persistent else ()
    if identifier.is_wildcard:
        return ChallengeKind.DNS_01, *persistent
    return ChallengeKind.HTTP_01, ChallengeKind.DNS_01, ChallengeKind.TLS_ALPN_01, *persistent


def require_names(facts: RequestFacts, identifiers: Collection[Identifier]) -> DistinguishedName:
    """Require that a PKCS #10 request has exactly the names of its order, and return the permitted subject.

    The names of the request are its alternative names and at most one common name (RFC 8555 §7.4). The permitted
    subject is that common name, or empty: other attributes are not verified. Raises InvalidInput with the rule
    `acme.csr_names` if the names differ.
    """
    ordered = {one.san() for one in identifiers}
    common = facts.subject.values("CN")
    requested = {AlternativeName.of(one.kind, one.value) for one in facts.sans} | {_as_name(value) for value in common}
    faults = [f"{str(name)!r} is not in the order" for name in sorted(requested - ordered)]
    faults += [f"{name} is missing" for name in sorted(ordered - requested)]
    faults += [f"{name!r} cannot be proved" for name in (*facts.other_names, *facts.subject.values("emailAddress"))]
    if len(common) > 1:
        faults.append("it has more than one common name")
    if faults:
        raise InvalidInput.of("csr", "acme.csr_names", "; ".join(faults[:_MAX_FAULTS]))
    return DistinguishedName.of(*(("CN", _as_name(value).value) for value in common))


def require_authorized(
    subject: DistinguishedName, sans: tuple[AlternativeName, ...], authorized: Collection[Identifier]
) -> None:
    """Require that the account is authorized for all names of a certificate, also those in its subject.

    `authorized` are the authorized identifiers. Raises PolicyRefused with every name that is not authorized.
    """
    proved, findings = {one.san() for one in authorized}, Findings()
    for name in (*sans, *list_names_in_subject(subject, sans, host=True)):
        if name not in proved:
            findings.refuse("sans", "acme.authorization", f"must be authorized for the account; {name} is not")
    findings.refuse_if_any()


def require_caa(problems: Mapping[Identifier, AcmeProblem]) -> None:
    """Raise PolicyRefused if CAA records do not permit issuance. `problems` are the results of the CAA checks."""
    findings = Findings()
    for name, problem in problems.items():
        findings.refuse("sans", "acme.caa", f"{name}: {problem.detail}")
    findings.refuse_if_any()


def _as_name(common_name: str) -> AlternativeName:
    return AlternativeName.of(NameKind.IP if is_address(common_name) else NameKind.DNS, common_name)


def build_key_authorization(token: str, thumbprint: bytes) -> str:
    """Return the key authorization (RFC 8555 §8.1). `thumbprint` is that of the account's key (32 octets)."""
    return f"{token}.{_base64url(thumbprint)}"


def build_http_path(token: str) -> str:
    """Return the URL path of an http-01 validation (RFC 8555 §8.3)."""
    return f"/.well-known/acme-challenge/{token}"


def build_txt_name(identifier: Identifier) -> str:
    """Return the DNS name of a dns-01 validation (RFC 8555 §8.4)."""
    return f"_acme-challenge.{identifier.domain}"


def judge_http(fetched: Fetched, expected: str) -> AcmeProblem | None:
    """Return the problem of an http-01 response; None if it is valid.

    The body must be the key authorization `expected`, except for white space at its end (RFC 8555 §8.3).
    """
    if fetched.status != _OK:
        return _wrong(f"the server answered with status {fetched.status}, not with 200")
    if not compare_digest(fetched.content.rstrip(_WHITESPACE), expected.encode()):
        return _wrong("the server's answer is not the key authorization")
    return None


def judge_txt(values: Sequence[bytes], expected: str) -> AcmeProblem | None:
    """Return the problem of the TXT records of a dns-01 challenge; None if they are valid.

    One record must contain the digest of the key authorization `expected` (RFC 8555 §8.4).
    """
    digest = _base64url(hashlib.sha256(expected.encode()).digest()).encode()
    if not values:
        return _wrong("there is no TXT record")
    if not any(compare_digest(value, digest) for value in values):
        return _wrong(f"none of {len(values)} TXT records is the digest of the key authorization")
    return None


def judge_protocol(protocol: str | None) -> AcmeProblem | None:
    """Return the problem if the server did not select the ALPN protocol `acme-tls/1`, else None (RFC 8737 §3)."""
    return None if protocol == ALPN else _wrong(f"the server does not speak the protocol {ALPN}")


def judge_alpn(certificate: AlpnCertificate, identifier: Identifier, expected: str) -> AcmeProblem | None:
    """Return the problem of a tls-alpn-01 certificate; None if it is valid (RFC 8737 §3, RFC 8738 §4).

    `expected` is the key authorization.
    """
    if certificate.names != (identifier.san(),):
        return _wrong("the name of the server's certificate is not the identifier alone")
    digest = hashlib.sha256(expected.encode()).digest()
    if not compare_digest(certificate.key_authorization_sha256, digest):
        return _wrong("the server's certificate does not hold the digest of the key authorization")
    return None


def judge_caa(
    records: Sequence[CaaRecord],
    *,
    identities: Collection[str],
    account_uris: tuple[str, ...],
    method: ChallengeKind | None,
    is_wildcard: bool,
) -> AcmeProblem | None:
    """Return the problem if CAA records do not allow this CA to issue, else None (RFC 8659 §3 to §5, RFC 8657).

    `identities` are the names of this CA in CAA records (lower case), `account_uris` the URLs of the account, and
    `method` is the challenge type that was used; None for a pre-authorized name, which no list of methods permits.
    Issuance is not allowed if there are unknown critical properties or parameters.
    """
    for record in records:
        if record.is_critical and record.tag not in _UNDERSTOOD:
            return _caa(f"the critical CAA property {record.tag[:40]!r} of {record.domain} is not understood")
    wild = [record for record in records if record.tag == "issuewild"] if is_wildcard else []
    counting = wild or [record for record in records if record.tag == "issue"]
    if not counting or any(_permits(one.value, identities, account_uris, method) for one in counting):
        return None
    return _caa(f"the CAA records of {counting[0].domain} do not permit this")


def _permits(
    value: str, identities: Collection[str], account_uris: tuple[str, ...], method: ChallengeKind | None
) -> bool:
    """Return whether one `issue` or `issuewild` property permits issuance."""
    parsed = parse_issue_value(value)
    if parsed.parameters is None or not parsed.issuer or parsed.issuer not in identities:
        return False
    parameters = dict(parsed.parameters)
    account, methods = parameters.pop("accounturi", None), parameters.pop("validationmethods", None)
    # The issuer defines the other parameters (RFC 8659 §4.2). PKI Manager defines none, so it cannot comply with them.
    if parameters or (account is not None and account not in account_uris):
        return False
    return methods is None or (method is not None and method.value in methods.split(","))


def _wrong(detail: str) -> AcmeProblem:
    return AcmeProblem("incorrectResponse", detail)


def _caa(detail: str) -> AcmeProblem:
    return AcmeProblem("caa", detail)


def _base64url(octets: bytes) -> str:
    """Return octets as Base64url without padding (RFC 8555 §6.1)."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
