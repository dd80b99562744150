"""pkilint's validators, combined as its command line tools do. Importing this module imports pkilint."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache, partial
from typing import Protocol

from pkilint import document, loader, pkix, validation
from pkilint.pkix import algorithm, certificate, crl, extension, key, name, ocsp
from pkilint.pkix.certificate import certificate_extension
from pyasn1_alt_modules import rfc5280

# Its validators log what they also report as a finding; the finding is enough.
logging.getLogger("pkilint").setLevel(logging.CRITICAL)


class PkilintFinding(Protocol):
    """A finding of pkilint. `code` is stable; `severity` is one of FATAL, ERROR, WARNING, NOTICE, INFO, DEBUG."""

    code: str
    severity: IntEnum


class Description(Protocol):
    """A finding with its message."""

    finding: PkilintFinding
    message: str | None


class Node(Protocol):
    """A node of a document. `pdu` is its value; `str(pdu)` of a string type is its text."""

    path: str
    pdu: object


class PkilintResult(Protocol):
    """The findings of one pkilint validator about one node of a document."""

    node: Node
    finding_descriptions: Sequence[Description]


class Container(Protocol):
    """A set of pkilint validators."""

    validators: list[object]

    def validate(self, node: object) -> list[PkilintResult]: ...


@dataclass(frozen=True, slots=True, eq=False)
class PairedIssuer:
    """An issuer's certificate, decoded once, and the findings of decoding it.

    pkilint's validators of a pair look up the other certificate by name in `documents`, so one pair is validated at a
    time.
    """

    root: object
    documents: dict[str, object]
    findings: tuple[PkilintResult, ...]
    lock: threading.Lock


@dataclass(frozen=True, slots=True)
class Validators:
    """The pkilint validators by kind of object. They have no state, so threads share them.

    The methods take DER. They do not catch exceptions of pkilint and pyasn1.
    """

    certificates: Container
    pairs: Container
    crls: Container
    ocsps: Container
    issuer: Callable[[bytes], PairedIssuer]

    @classmethod
    def build(cls) -> Validators:
        return cls(
            certificates=_certificates(),
            pairs=_pairs(),
            crls=_crls(),
            ocsps=_ocsps(),
            issuer=lru_cache(maxsize=64)(partial(_issuer, _pair_decoders())),
        )

    def certificate(self, der: bytes, issuer_der: bytes | None = None) -> list[PkilintResult]:
        """Validate a certificate, and the pair with the issuer's certificate if set. Signatures are not verified."""
        subject = loader.load_der_certificate(der, "subject", "subject")
        results = self.certificates.validate(subject.root)
        if issuer_der is None:
            return results
        issuer = self.issuer(issuer_der)
        with issuer.lock:
            issuer.documents["subject"] = subject
            return [*results, *issuer.findings, *self.pairs.validate(issuer.root)]

    def crl(self, der: bytes) -> list[PkilintResult]:
        return self.crls.validate(loader.load_der_crl(der, "crl").root)

    def ocsp(self, der: bytes) -> list[PkilintResult]:
        return self.ocsps.validate(loader.load_der_ocsp_response(der, "ocsp").root)


def _issuer(decoders: Container, der: bytes) -> PairedIssuer:
    documents: dict[str, object] = {}
    issuer = documents["issuer"] = loader.load_der_certificate(der, "issuer", "issuer", documents)
    return PairedIssuer(issuer.root, documents, tuple(decoders.validate(issuer.root)), threading.Lock())


def _certificates() -> Container:
    container: Container = certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )
    # It decides by the signature whether a self-issued certificate is self-signed. A built-in rule replaces it.
    by_signature = certificate_extension.AuthorityKeyIdentifierPresenceValidator
    container.validators = [item for item in container.validators if not isinstance(item, by_signature)]
    return container


def _pair_decoders() -> Container:
    keys = key.SUBJECT_PUBLIC_KEY_ALGORITHM_IDENTIFIER_MAPPINGS, key.SUBJECT_KEY_PARAMETER_ALGORITHM_IDENTIFIER_MAPPINGS
    signatures = pkix.create_signature_algorithm_identifier_decoder(
        algorithm.SIGNATURE_ALGORITHM_IDENTIFIER_MAPPINGS, path="certificate.tbsCertificate.signature"
    )
    decoders = [*_common_decoders(), signatures, certificate.create_spki_decoder(*keys)]
    container: Container = validation.ValidatorContainer(validators=decoders, path="certificate")
    return container


def _pairs() -> Container:
    names = name.IssuerSubjectNameBinaryEqualValidator(
        path="certificate.tbsCertificate.subject",
        subject_document_issuer_dn_path="subject:certificate.tbsCertificate.issuer",
    )
    keys = extension.IssuerSubjectKeyIdentifierBinaryEqualValidator(subject_auth_key_id_retriever=_authority_key)
    policies = certificate_extension.IssuerSubjectPolicyChainValidator()
    container: Container = validation.ValidatorContainer(validators=[names, keys, policies])
    return container


def _authority_key(node: object) -> object:
    subject = document.get_document_by_name(node, "subject")
    return subject.get_extension_by_oid(rfc5280.id_ce_authorityKeyIdentifier)


def _crls() -> Container:
    container: Container = crl.create_pkix_crl_validator_container(
        _common_decoders(),
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([]),
            crl.create_extensions_validator_container([]),
        ],
    )
    return container


def _ocsps() -> Container:
    container: Container = ocsp.create_pkix_ocsp_response_validator_container(
        [ocsp.create_response_decoder(), *_common_decoders()], []
    )
    return container


def _common_decoders() -> list[object]:
    return [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]
