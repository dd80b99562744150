"""Reasons of policy refusals: the rules with their sources, and the collector of findings."""

from __future__ import annotations

from dataclasses import dataclass, field

from pki_manager.domain.errors import FieldError, PolicyRefused

RULES: dict[str, str] = {
    "acme.authorization": "RFC 8555 §7.5: only names that the account has validated at issuance",
    "acme.caa": "RFC 8659 §3: checked at most 8 hours before issuance",
    "ca.end_entity": "the CA's `end_entity_certificates`",
    "csr.extensions": "the profile's requested_extensions",
    "csr.signature_hash": "SP 800-131A rev. 2 §9; RFC 6194 §3.1 (SHA-1), RFC 6151 (MD5)",
    "field.known": "the profile's extensions",
    "field.required": "the profile's extensions",
    "field.value": "the profile's extensions",
    "key.authority": "RFC 5280 §4.2.1.9, RFC 6960 §4.2.2.2: such a key signs for other certificates",
    "key.blocked": "RFC 5280 §5.3.1 (keyCompromise), SP 800-57 part 1 §8.3.5: compromised keys are not used again",
    "key.close_primes": "FIPS 186-5 A.1.3: |p - q| > 2^(nlen/2 - 100)",
    "key.exponent": "FIPS 186-5 A.1.1",
    "key.issuer": "RFC 5280 §4.2.1.9: a subject's key that is its issuer's would be a CA key",
    "key.low_order": "RFC 7748 §6.1, RFC 8032 §5.1.7: signatures by a point of small order are forged without any key",
    "key.known": "the algorithm table",
    "key.profile": "the profile's key_types",
    "key.reuse": "the profile's key_reuse",
    "key.roca": "CVE-2017-15361",
    "key.small_factor": "FIPS 186-5 A.1.1: the modulus is the product of two primes of half its size",
    "name_constraints.excluded": "RFC 5280 §4.2.1.10: excluded subtrees beat permitted ones",
    "name_constraints.form": "RFC 5280 §4.2.1.10",
    "name_constraints.permitted": "RFC 5280 §4.2.1.10",
    "name_constraints.issuer": "RFC 5280 §6.1.4 (g): subtrees beyond those of the issuers are never valid",
    "name_constraints.purpose": "RFC 5280 §4.2.1.10: CA certificates only",
    "names.size": "RFC 8446 §5.1: a certificate should fit into one TLS record",
    "path_length.form": "RFC 5280 §4.2.1.9",
    "path_length.issuer": "RFC 5280 §4.2.1.9, §6.1.4 (l)",
    "path_length.purpose": "RFC 5280 §4.2.1.9: CA certificates only",
    "policies.form": "RFC 5280 §4.2.1.4",
    "policies.issuer": "RFC 5280 §6.1.3 (d), (e): a policy that the certificates above do not have is never valid",
    "policies.root": "RFC 5280 §6.1.1 (d): only the name and key of a trust anchor are used",
    "profile.issuer": "RFC 5280 §3.2: only a root is self-signed",
    "profile.issuer_eku": "RFC 5280 §4.2.1.12",
    "profile.issuer_policies": "RFC 5280 §6.1.3 (d), (e)",
    "profile.purpose": "RFC 5280 §4.2.1.9: requests are for end-entity certificates",
    "san.count": "the profile's sans",
    "san.dns.address": "RFC 5280 §4.2.1.6: an address is an iPAddress; RFC 1123 §2.1",
    "san.dns.bidi": "RFC 5893 §2",
    "san.dns.idna": "RFC 5280 §7.2, RFC 5890 §2.3.2.1, RFC 5891 §5.3, RFC 5892",
    "san.dns.length": "RFC 1034 §3.1: labels of 1 to 63 octets, 253 in all",
    "san.dns.reserved": "RFC 5890 §2.3.1: -- in places three and four is reserved",
    "san.dns.syntax": "RFC 5280 §4.2.1.6, RFC 1034 §3.5: letters, digits and hyphens",
    "san.dns.wildcard": "RFC 6125 §6.4.3: the whole left-most label, under two labels or more",
    "san.email": "RFC 5280 §4.2.1.6, RFC 5321 §4.1.2 and §4.5.3.1",
    "san.ip": "RFC 5280 §4.2.1.6, RFC 4291 §2.5",
    "san.kind": "RFC 5280 §4.2.1.6; the profile's sans.kinds",
    "san.other": "RFC 5280 §4.2.1.6; RFC 9598 §3 for SmtpUTF8Mailbox, szOID_NT_PRINCIPAL_NAME of Windows for UPN",
    "san.other_type": "the profile's sans.other_names",
    "san.permitted": "the profile's sans.permitted, matched as RFC 5280 §4.2.1.10 says",
    "san.uri": "RFC 5280 §4.2.1.6, RFC 3986 §3",
    "san.wildcard": "the profile's sans.wildcards",
    "subject.attribute": "the profile's subject.attributes",
    "subject.characters": "RFC 4518 §2.2: names must not contain invisible characters",
    "subject.common_name": "RFC 6125 §6.4.4; the profile's subject.common_name",
    "subject.country": "RFC 5280 appendix A.1: ISO 3166 two-letter code, upper case",
    "subject.domain_component": "RFC 2247 §4: one DNS label",
    "subject.empty": "RFC 5280 §4.1.2.6",
    "subject.fixed": "the profile's subject.fixed",
    "subject.issuer": "RFC 5280 §4.1.2.4: a subject with the issuer's name is taken for the issuer",
    "subject.length": "RFC 5280 appendix A.1",
    "subject.normal_form": "RFC 4518 §2.3, RFC 5280 §7.1: equal names must have one spelling",
    "subject.printable": "RFC 5280 appendix A.1: PrintableString",
    "subject.repeated": "RFC 6125 §1.7.2: one name of a type",
    "subject.required": "the profile's subject.required",
    "validity.backdate": "the profile's validity.backdate_limit",
    "validity.ended": "RFC 5280 §4.1.2.5",
    "validity.future": "the profile's validity.future_limit",
    "validity.issuer": "RFC 5280 §6.1.3 (a)(2): not valid after the issuer's certificate has expired",
    "validity.maximum": "the profile's validity.maximum; RFC 5280 §4.1.2.5: both ends count",
}
"""Source of each rule, by rule ID. Every policy refusal names one of these rules and cites its source."""


def build_refusal(field_name: str, rule: str, message: str) -> FieldError:
    """Return one reason for a refusal, with its rule's citation. `field_name` is the name that the requester used."""
    return FieldError(field_name, rule, f"{message} ({RULES[rule]})")


def build_policy_refused(errors: tuple[FieldError, ...]) -> PolicyRefused:
    """Return the error that refuses a request, with all of `errors` (at least one)."""
    return PolicyRefused("; ".join(f"{error.field}: {error.message}" for error in errors), errors=errors)


@dataclass(slots=True)
class Findings:
    """The reasons to refuse a request, and the notes for its requester, collected during a decision."""

    errors: list[FieldError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, field_name: str, rule: str, message: str) -> None:
        self.errors.append(build_refusal(field_name, rule, message))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def refuse_if_any(self) -> None:
        """Raise PolicyRefused with every reason if there are any."""
        if self.errors:
            raise build_policy_refused(tuple(dict.fromkeys(self.errors)))
