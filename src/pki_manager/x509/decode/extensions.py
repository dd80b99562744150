"""Descriptions of extensions (RFC 5280 §4.2, §5.2, §5.3; RFC 6960 §4.4; RFC 7633)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.extension_values import KEY_USAGE_BITS
from pki_manager.x509.asn1.oids import SID_STRING
from pki_manager.x509.asn1.structures import Extension, read_time
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.decode.model import DecodedExtension, Json
from pki_manager.x509.decode.oid_names import ACCESS_METHODS, PURPOSES
from pki_manager.x509.decode.text import (
    Warnings,
    extension_name,
    general_name,
    hexadecimal,
    integer,
    name,
    object_identifier,
    oid,
    string,
    time,
)

REASONS = (
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "unused",
    "removeFromCRL",
    "privilegeWithdrawn",
    "aACompromise",
)
"""Names of CRLReason values by number (RFC 5280 §5.3.1)."""

_REASON_FLAGS = ("unused", *REASONS[1:7], "privilegeWithdrawn", "aACompromise")
_TLS_FEATURES = {5: "status_request", 17: "status_request_v2"}

_Reader = Callable[[Tlv, Warnings], Json]


def decode_extensions(extensions: Iterable[Extension], warnings: Warnings) -> tuple[DecodedExtension, ...]:
    """Return each extension with its value as text. Malformed and repeated ones are included, with a warning."""
    found = []
    seen = set()
    for extension in extensions:
        if extension.oid in seen:
            warnings.add(f"extension {oid(extension.oid)} occurs twice (RFC 5280 §4.2)")
        seen.add(extension.oid)
        found.append(_extension(extension, warnings))
    return tuple(found)


def _extension(extension: Extension, warnings: Warnings) -> DecodedExtension:
    dotted_oid = oid(extension.oid)
    called = extension_name(dotted_oid)
    raw = hexadecimal(extension.value)
    reader = _READERS.get(called)
    if reader is None:
        if extension.critical:
            warnings.add(f"extension {called} is critical and not supported")
        return DecodedExtension(oid=dotted_oid, name=called, critical=extension.critical, value=raw)
    value = warnings.attempt(called, lambda: reader(_whole(extension.value), warnings), raw)
    return DecodedExtension(oid=dotted_oid, name=called, critical=extension.critical, value=value)


def _whole(data: bytes) -> Tlv:
    element = tlv.read(data, 0, len(data))
    if element.end != len(data):
        raise DerError("there are bytes after the end")
    return element


def _octets(element: Tlv, _: Warnings) -> Json:
    return hexadecimal(tlv.require_tag(element, tlv.OCTET_STRING).value)


def _number(element: Tlv, _: Warnings) -> Json:
    return integer(tlv.require_tag(element, tlv.INTEGER).value)


def _null(element: Tlv, _: Warnings) -> Json:
    tlv.require_tag(element, tlv.NULL)
    return True


def _moment(element: Tlv, warnings: Warnings) -> Json:
    return time(read_time(element), warnings, "invalidityDate")


def format_reason_code(number: int) -> str:
    """Return the name of a CRLReason number."""
    return REASONS[number] if 0 <= number < len(REASONS) else f"unknown ({number})"


def _reason(element: Tlv, _: Warnings) -> Json:
    return format_reason_code(tlv.read_integer(element, tlv.ENUMERATED))


def _flags(names: tuple[str, ...], value: bytes) -> list[Json]:
    """Return the names of the set bits in the content octets of a BIT STRING; of bits without a name the number."""
    if not value or value[0] > 7:
        raise DerError("a BIT STRING has a bad count of unused bits")
    octets = value[1:33]
    set_bits = (place for place in range(8 * len(octets)) if octets[place // 8] >> (7 - place % 8) & 1)
    return [names[place] if place < len(names) else f"bit {place}" for place in set_bits]


def _key_usage(element: Tlv, _: Warnings) -> Json:
    return _flags(KEY_USAGE_BITS, tlv.require_tag(element, tlv.BIT_STRING).value)


def _basic_constraints(element: Tlv, _: Warnings) -> Json:
    cursor = tlv.Cursor(element)
    ca, length = cursor.optional(tlv.BOOLEAN), cursor.optional(tlv.INTEGER)
    cursor.end()
    path_length = None if length is None else integer(length.value)
    decimal: Json = int(path_length, 16) if path_length and len(path_length) <= 8 else path_length
    return {"ca": ca is not None and tlv.read_boolean(ca), "path_length": decimal}


def _purposes(element: Tlv, warnings: Warnings) -> Json:
    purposes = [object_identifier(item) for item in tlv.require_tag(element, tlv.SEQUENCE).children()]
    if not purposes:
        warnings.add("extKeyUsage is empty (RFC 5280 §4.2.1.12)")
    return [PURPOSES.get(purpose, purpose) for purpose in purposes]


def _general_names(element: Tlv, warnings: Warnings) -> Json:
    return [general_name(item, warnings) for item in tlv.require_tag(element, tlv.SEQUENCE).children()]


def _authority_key_identifier(element: Tlv, warnings: Warnings) -> Json:
    cursor = tlv.Cursor(element)
    key_id, issuer, serial = cursor.optional(0x80), cursor.optional(0xA1), cursor.optional(0x82)
    cursor.end()
    return {
        "key_identifier": key_id.value.hex() if key_id else None,
        "issuer": [general_name(item, warnings) for item in issuer.children()] if issuer else None,
        "serial_number": integer(serial.value) if serial else None,
    }


def _name_constraints(element: Tlv, warnings: Warnings) -> Json:
    cursor = tlv.Cursor(element)
    permitted, excluded = cursor.optional(0xA0), cursor.optional(0xA1)
    cursor.end()
    return {"permitted": _subtrees(permitted, warnings), "excluded": _subtrees(excluded, warnings)}


def _subtrees(element: Tlv | None, warnings: Warnings) -> Json:
    trees = () if element is None else (tlv.read_fields(item, tlv.SEQUENCE, 1) for item in element.children())
    return [general_name(tree[0], warnings) for tree in trees]


def _distribution_points(element: Tlv, warnings: Warnings) -> Json:
    return [_distribution_point(item, warnings) for item in tlv.require_tag(element, tlv.SEQUENCE).children()]


def _distribution_point(element: Tlv, warnings: Warnings) -> Json:
    cursor = tlv.Cursor(element)
    point, reasons, issuer = cursor.optional(0xA0), cursor.optional(0x81), cursor.optional(0xA2)
    cursor.end()
    return {
        "names": _point_name(point, warnings),
        "reasons": _flags(_REASON_FLAGS, reasons.value) if reasons else None,
        "crl_issuer": [general_name(item, warnings) for item in issuer.children()] if issuer else None,
    }


def _point_name(element: Tlv | None, warnings: Warnings) -> list[Json]:
    """Return the names of a DistributionPointName: fullName, or the RDN that is relative to the issuer."""
    if element is None:
        return []
    choice = tlv.read_only_child(element)
    if choice.tag == 0xA0:
        return [general_name(item, warnings) for item in choice.children()]
    rdn = tlv.write(tlv.SEQUENCE, tlv.write(tlv.SET, choice.value))
    return [f"relative to the issuer: {name(rdn, warnings, 'nameRelativeToCRLIssuer')}"]


def _issuing_distribution_point(element: Tlv, warnings: Warnings) -> Json:
    cursor = tlv.Cursor(element)
    point = cursor.optional(0xA0)
    flags = {"only_user": 0x81, "only_ca": 0x82, "only_some_reasons": 0x83, "indirect": 0x84, "only_attribute": 0x85}
    found = {flag: cursor.optional(tag) for flag, tag in flags.items()}
    cursor.end()
    some = found.pop("only_some_reasons")
    answer: dict[str, Json] = {"names": _point_name(point, warnings)}
    answer |= {flag: value is not None and value.value != b"\0" for flag, value in found.items()}
    answer["only_some_reasons"] = _flags(_REASON_FLAGS, some.value) if some else None
    return answer


def _access(element: Tlv, warnings: Warnings) -> Json:
    answer: list[Json] = []
    for item in tlv.require_tag(element, tlv.SEQUENCE).children():
        method, location = tlv.read_fields(item, tlv.SEQUENCE, 2)[:2]
        dotted_oid = object_identifier(method)
        answer.append(
            {"method": ACCESS_METHODS.get(dotted_oid, dotted_oid), "location": general_name(location, warnings)}
        )
    return answer


def _policies(element: Tlv, _: Warnings) -> Json:
    answer: list[Json] = []
    for item in tlv.require_tag(element, tlv.SEQUENCE).children():
        policy, *rest = tlv.read_fields(item, tlv.SEQUENCE, 1)
        qualifiers = tlv.require_tag(rest[0], tlv.SEQUENCE).children() if rest else []
        dotted_oid = object_identifier(policy)
        called = "anyPolicy" if dotted_oid == "2.5.29.32.0" else dotted_oid
        answer.append({"policy": called, "qualifiers": [_qualifier(one) for one in qualifiers]})
    return answer


def _qualifier(element: Tlv) -> Json:
    """Return the URI of a CPS pointer, or all texts of a user notice."""
    _, value = tlv.read_fields(element, tlv.SEQUENCE, 2)[:2]
    return string(value) if value.tag != tlv.SEQUENCE else ", ".join(_texts(value))


def _texts(element: Tlv) -> list[str]:
    texts: list[str] = []
    for child in element.children():
        if child.tag != tlv.SEQUENCE:
            texts.append(string(child) if child.tag != tlv.INTEGER else integer(child.value))
        else:
            texts += _texts(child)
    return texts


def _mappings(element: Tlv, _: Warnings) -> Json:
    pairs = (tlv.read_fields(item, tlv.SEQUENCE, 2) for item in tlv.require_tag(element, tlv.SEQUENCE).children())
    return [{"issuer": object_identifier(pair[0]), "subject": object_identifier(pair[1])} for pair in pairs]


def _policy_constraints(element: Tlv, _: Warnings) -> Json:
    cursor = tlv.Cursor(element)
    explicit, mapping = cursor.optional(0x80), cursor.optional(0x81)
    cursor.end()
    return {
        "require_explicit_policy": integer(explicit.value) if explicit else None,
        "inhibit_policy_mapping": integer(mapping.value) if mapping else None,
    }


def _tls_features(element: Tlv, _: Warnings) -> Json:
    numbers = (tlv.read_integer(item) for item in tlv.require_tag(element, tlv.SEQUENCE).children())
    return [_TLS_FEATURES.get(number, f"{number:x}") for number in numbers]


def _security_identifiers(element: Tlv, warnings: Warnings) -> Json:
    """Return the SIDs in the otherNames of the extension, and other names as usual."""
    return [_sid(item, warnings) for item in tlv.require_tag(element, tlv.SEQUENCE).children()]


def _sid(element: Tlv, warnings: Warnings) -> Json:
    inside = element.children() if element.tag == 0xA0 else []
    if len(inside) != 2 or object_identifier(inside[0]) != SID_STRING:
        return general_name(element, warnings)
    return f"SID:{string(tlv.require_tag(tlv.read_only_child(inside[1]), tlv.OCTET_STRING))}"


def _text(element: Tlv, _: Warnings) -> Json:
    return string(tlv.require_tag(element, tlv.BMP_STRING))


def _template(element: Tlv, _: Warnings) -> Json:
    template, *versions = tlv.read_fields(element, tlv.SEQUENCE, 2)
    major, *minor = (str(tlv.read_integer(version)) for version in versions[:2])
    return {
        "template": object_identifier(template),
        "major_version": major,
        "minor_version": minor[0] if minor else None,
    }


_READERS: dict[str, _Reader] = {
    "subjectKeyIdentifier": _octets,
    "keyUsage": _key_usage,
    "subjectAltName": _general_names,
    "issuerAltName": _general_names,
    "certificateIssuer": _general_names,
    "basicConstraints": _basic_constraints,
    "cRLNumber": _number,
    "deltaCRLIndicator": _number,
    "inhibitAnyPolicy": _number,
    "reasonCode": _reason,
    "invalidityDate": _moment,
    "issuingDistributionPoint": _issuing_distribution_point,
    "nameConstraints": _name_constraints,
    "cRLDistributionPoints": _distribution_points,
    "freshestCRL": _distribution_points,
    "certificatePolicies": _policies,
    "policyMappings": _mappings,
    "authorityKeyIdentifier": _authority_key_identifier,
    "policyConstraints": _policy_constraints,
    "extKeyUsage": _purposes,
    "authorityInfoAccess": _access,
    "subjectInfoAccess": _access,
    "tlsFeature": _tls_features,
    "ocspNonce": _octets,
    "ocspNoCheck": _null,
    "precertificatePoison": _null,
    "enrollCerttypeExtension": _text,
    "certificateTemplate": _template,
    "szOID_NTDS_CA_SECURITY_EXT": _security_identifiers,
}
