"""THE list of what linters may say and why it does not count here. Whatever is not on it fails the test that asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.judges.findings import JudgeFinding

LEAF, CA, CRL, OCSP = "leaf", "ca", "crl", "ocsp"


@dataclass(frozen=True)
class Excuse:
    """`lint` of `judge` is excused for objects of the kinds in `applies_to`, where `message` is found in its words."""

    judge: str
    lint: str
    applies_to: tuple[str, ...]
    reason: str
    message: str = ""


_PUBLIC_POLICY = "Policy identifiers of the CA/B Forum are for publicly trusted CAs; this CA is private."
_PUBLIC_NAMES = "The CA/B Forum forbids names that the public DNS does not know; private networks live on them."
_PUBLIC_LIFETIME = "The CA/B Forum's lifetimes are for publicly trusted certificates; here the profile decides."
_PUBLIC_SUBJECT = "The CA/B Forum wants a CA's country and organisation; RFC 5280 wants a non-empty subject."
_PKILINT_NAMES = "pkilint takes a host of one label, or a wildcard, for a syntax error; RFC 3986 and RFC 9525 do not."

EXCUSES = (
    Excuse("zlint", "e_sub_cert_cert_policy_empty", (LEAF,), _PUBLIC_POLICY),
    Excuse("zlint", "e_sub_cert_certificate_policies_missing", (LEAF,), _PUBLIC_POLICY),
    Excuse("zlint", "e_invalid_ca_certificate_policies", (CA,), _PUBLIC_POLICY),
    Excuse("zlint", "e_sub_ca_certificate_policies_missing", (CA,), _PUBLIC_POLICY),
    Excuse("zlint", "e_dnsname_not_valid_tld", (LEAF,), _PUBLIC_NAMES),
    Excuse("zlint", "e_ext_san_contains_reserved_ip", (LEAF,), _PUBLIC_NAMES),
    Excuse("zlint", "w_sub_cert_aia_contains_internal_names", (LEAF,), _PUBLIC_NAMES),
    Excuse("zlint", "e_server_cert_valid_time_longer_than_200_days", (LEAF,), _PUBLIC_LIFETIME),
    Excuse("zlint", "w_server_cert_valid_time_longer_than_199_days", (LEAF,), _PUBLIC_LIFETIME),
    Excuse("zlint", "e_sub_cert_valid_time_longer_than_825_days", (LEAF,), _PUBLIC_LIFETIME),
    Excuse("zlint", "e_ca_country_name_missing", (CA,), _PUBLIC_SUBJECT),
    Excuse("zlint", "e_ca_organization_name_missing", (CA,), _PUBLIC_SUBJECT),
    Excuse(
        "zlint",
        "w_ext_subject_key_identifier_not_recommended_subscriber",
        (LEAF,),
        "RFC 5280 §4.2.1.2 recommends subjectKeyIdentifier in every certificate; the CA/B Forum has turned away.",
    ),
    Excuse(
        "zlint",
        "w_subject_common_name_included",
        (LEAF,),
        "Deprecated by the CA/B Forum; older clients and people still read the common name.",
    ),
    Excuse(
        "zlint",
        "e_algorithm_identifier_improper_encoding",
        (LEAF,),
        "The CA/B Forum knows no Ed25519; RFC 8410 does.",
        message="300506032b6570",
    ),
    Excuse("pkilint", "pkix.invalid_uri_syntax", (LEAF, CA), _PKILINT_NAMES, message='"http://localhost[:/]'),
    Excuse(
        "zlint",
        "e_ext_san_uniform_resource_identifier_present",
        (LEAF,),
        "The CA/B Forum forbids URIs in server certificates; workloads are named by them (SPIFFE X.509-SVID §2).",
    ),
    Excuse(
        "zlint",
        "e_ext_san_other_name_present",
        (LEAF,),
        "The CA/B Forum forbids otherNames in server certificates; Windows reads a domain controller's GUID from one.",
    ),
    Excuse(
        "zlint",
        "e_sub_cert_eku_check",
        (LEAF,),
        "The CA/B Forum recommends TLS purposes only; a domain controller is a Kerberos server too (RFC 4556 §3.2.4).",
        message="NOT RECOMMENDED",
    ),
    Excuse(
        "pkilint",
        "pkix.invalid_uri_syntax",
        (LEAF,),
        "pkilint knows the schemes of the web only; RFC 3986 §3.1 leaves them open, RFC 8141 has urn, SPIFFE its own.",
        message='"(spiffe|urn):',
    ),
    Excuse(
        "pkilint", "pkix.invalid_domain_name_syntax", (LEAF, CA), _PKILINT_NAMES, message=r'"(localhost|\*\.[^*]+)"'
    ),
)


def unexcused(findings: Iterable[JudgeFinding], kind: str) -> list[JudgeFinding]:
    """Those that no excuse covers for an object of that kind."""
    return [finding for finding in findings if not any(_covers(excuse, finding, kind) for excuse in EXCUSES)]


def _covers(excuse: Excuse, finding: JudgeFinding, kind: str) -> bool:
    same = (excuse.judge, excuse.lint) == (finding.judge, finding.lint)
    return same and kind in excuse.applies_to and re.search(excuse.message, finding.message) is not None
