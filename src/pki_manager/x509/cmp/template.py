"""Certificate requests and templates (RFC 4211): the requested contents, and the proof of possession of the key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.request import ValidityRequest
from pki_manager.x509 import keys, names, parse, verify
from pki_manager.x509.asn1 import der, oid_octets, structures, tlv
from pki_manager.x509.asn1.oids import SUBJECT_ALTERNATIVE_NAME
from pki_manager.x509.asn1.tlv import Cursor, DerError, Tlv
from pki_manager.x509.cmp.identifiers import OLD_CERT_ID
from pki_manager.x509.signer_key import find_algorithm

BAD_POP = "cmp.pop"
BAD_TEMPLATE = "cmp.template"
TEMPLATE = "certTemplate"

_RA_VERIFIED, _SIGNATURE = 0x80, 0xA1


@dataclass(frozen=True, slots=True)
class CertificateName:
    """A certificate identified by its issuer's Name (DER) and its serial number (CertId)."""

    issuer_der: bytes
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A CertTemplate. `sans` is None without a subjectAltName; `extensions` are the others: OID and value (DER)."""

    serial: int | None = None
    issuer_der: bytes | None = None
    subject: DistinguishedName | None = None
    sans: tuple[AlternativeName, ...] | None = None
    spki_der: bytes | None = field(default=None, repr=False)
    validity: ValidityRequest = field(default_factory=ValidityRequest)
    extensions: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRequest:
    """One CertReqMsg. `proof` is its POPOSigningKey, a signature over `request_der`."""

    id: int
    template: Template
    request_der: bytes = field(repr=False)
    proof: bytes | None = field(default=None, repr=False)
    is_ra_verified: bool = False
    old_certificate: CertificateName | None = None

    def require_possession(self, *, by_ra: bool = False) -> bytes:
        """Return the SubjectPublicKeyInfo (DER) whose key signed the request.

        `by_ra`: a registration authority sent the request, and can have verified the proof itself (raVerified).

        Raises InvalidInput with the rule `cmp.pop` if the proof is missing, unsupported, or wrong; with the rule
        `cmp.template` if there is no key.
        """
        spki_der = self.template.spki_der
        if spki_der is None:
            raise InvalidInput.of(TEMPLATE, BAD_TEMPLATE, "has no publicKey; the server does not generate keys here")
        if by_ra and self.is_ra_verified:
            return keys.compute_key_facts(spki_der, TEMPLATE).spki_der
        if self.proof is None:
            raise InvalidInput.of("popo", BAD_POP, "must be a signature with the requested key (RFC 4211 §4.1)")
        keys.compute_key_facts(spki_der, TEMPLATE)
        algorithm_der, signature = _signing_proof(self.proof)
        algorithm = find_algorithm(algorithm_der)
        if algorithm is None:
            raise InvalidInput.of("popo", BAD_POP, "is signed with an algorithm that is not supported")
        if not verify.is_signed(spki_der, self.request_der, signature, algorithm):
            raise InvalidInput.of("popo", BAD_POP, "is not signed with the requested key (RFC 4211 §4.1)")
        return spki_der


def read_request(message: Tlv) -> TemplateRequest:
    """Read a CertReqMsg; regInfo is ignored.

    Raises DerError if it is malformed; Malformed or InvalidInput on the conditions of `parse.parse_csr`.
    """
    fields = Cursor(message)
    request = fields.take(tlv.SEQUENCE)
    proof = fields.optional(_RA_VERIFIED, _SIGNATURE, 0xA2, 0xA3)
    fields.optional(tlv.SEQUENCE)
    fields.end()
    inner = Cursor(request)
    number, template, controls = tlv.read_integer(inner.take()), inner.take(), inner.optional(tlv.SEQUENCE)
    inner.end()
    if not -1 <= number < 1 << 31:
        raise DerError("certReqId is out of range")
    is_signature = proof is not None and proof.tag == _SIGNATURE
    return TemplateRequest(
        id=number,
        template=read_template(template),
        request_der=request.raw,
        proof=proof.raw if proof is not None and is_signature else None,
        is_ra_verified=proof is not None and proof.tag == _RA_VERIFIED,
        old_certificate=None if controls is None else _old_certificate(controls),
    )


def read_template(template: Tlv) -> Template:
    """Read a CertTemplate; version, signingAlg, and unique identifiers are ignored.

    Raises the errors of `read_request`.
    """
    fields = Cursor(template)
    _version, serial, _algorithm = fields.optional(0x80), fields.optional(0x81), fields.optional(0xA2)
    issuer, validity, subject = fields.optional(0xA3), fields.optional(0xA4), fields.optional(0xA5)
    key, _issuer_id, _subject_id = fields.optional(0xA6), fields.optional(0x87), fields.optional(0x88)
    extensions = fields.optional(0xA9)
    fields.end()
    sans, others = _extensions(extensions)
    return Template(
        serial=None if serial is None else tlv.decode_signed(serial.value),
        issuer_der=None if issuer is None else tlv.require_tag(tlv.read_only_child(issuer), tlv.SEQUENCE).raw,
        subject=None if subject is None else names.parse_dn_der(tlv.read_only_child(subject).raw, "subject"),
        sans=sans,
        spki_der=None if key is None else tlv.write(tlv.SEQUENCE, key.value),
        validity=ValidityRequest() if validity is None else _validity(validity),
        extensions=others,
    )


def _extensions(
    extensions: Tlv | None,
) -> tuple[tuple[AlternativeName, ...] | None, tuple[tuple[str, bytes], ...]]:
    """Return the alternative names, and all other extensions as pairs of dotted OID and value (DER)."""
    if extensions is None:
        return None, ()
    values = parse.parse_extension_values(tlv.write(tlv.SEQUENCE, extensions.value), TEMPLATE)
    san_der = values.pop(SUBJECT_ALTERNATIVE_NAME, None)
    if san_der is None:
        return None, tuple(values.items())
    sans, other_names = parse.parse_alternative_names(san_der, "sans")
    if other_names:
        kinds = ", ".join(dict.fromkeys(other_names))
        raise InvalidInput.of("sans", "san.kind", f"must not contain names of these kinds: {kinds}")
    return sans, tuple(values.items())


def _validity(validity: Tlv) -> ValidityRequest:
    fields = Cursor(validity, validity.tag)
    not_before, not_after = fields.optional(0xA0), fields.optional(0xA1)
    fields.end()
    return ValidityRequest(not_before=_moment(not_before), not_after=_moment(not_after))


def _moment(explicit: Tlv | None) -> datetime | None:
    if explicit is None:
        return None
    moment = structures.read_time(tlv.read_only_child(explicit)).moment
    if moment is None:
        raise Malformed.of("validity", "time.form", "is not written to the second in UTC (RFC 5280 §4.1.2.5)")
    return moment


def _old_certificate(controls: Tlv) -> CertificateName | None:
    """Return the certificate in the oldCertID control (RFC 4211 §6.5), or None. Other controls are ignored."""
    for control in controls.children():
        kind, *values = tlv.read_fields(control, tlv.SEQUENCE, 2)
        if oid_octets.decode_oid(tlv.require_tag(kind, tlv.OBJECT_IDENTIFIER).value) == OLD_CERT_ID:
            issuer, serial = tlv.read_fields(values[0], tlv.SEQUENCE, 2)[:2]
            return CertificateName(tlv.read_only_child(tlv.require_tag(issuer, 0xA4)).raw, tlv.read_integer(serial))
    return None


def _signing_proof(proof: bytes) -> tuple[bytes, bytes]:
    """Return the AlgorithmIdentifier (DER) and the signature of a POPOSigningKey.

    Raises InvalidInput if it contains a poposkInput.
    """
    try:
        fields = Cursor(tlv.read_whole(proof, _SIGNATURE), _SIGNATURE)
        has_input = fields.optional(0xA0) is not None
        algorithm, (unused, signature) = fields.take(tlv.SEQUENCE).raw, tlv.read_bits(fields.take())
        fields.end()
    except DerError as error:
        raise Malformed.of("popo", BAD_POP, f"is not a POPOSigningKey (RFC 4211 §4.1): {error}") from None
    if has_input:
        message = "must be a signature over certReq: put the key and the subject into the template, without poposkInput"
        raise InvalidInput.of("popo", BAD_POP, message)
    if unused:
        raise Malformed.of("popo", BAD_POP, "must have a signature of whole bytes")
    return algorithm, signature


def encode_name(certificate: CertificateName) -> bytes:
    """Return a CertId (DER, RFC 4211 §6.5) of a CertificateName."""
    return der.encode_sequence(der.encode(0xA4, certificate.issuer_der), der.integer(certificate.serial))
