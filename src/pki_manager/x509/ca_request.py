"""The PKCS #10 request (RFC 2986) of a CA whose parent is an external CA."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES
from pki_manager.domain.ca import CertificateAuthority, IssuerKey
from pki_manager.x509 import assemble, general_names, keys, signer_key
from pki_manager.x509.asn1 import der
from pki_manager.x509.build import build_certificate_policies, build_key_usage
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.prepare import Prepared, require_no_errors

_USAGE = ("keyCertSign", "cRLSign")


def prepare_request(ca: CertificateAuthority, key: IssuerKey) -> Prepared:
    """Prepare the CertificationRequestInfo (DER) that `key` signs, after reading it back under a throwaway signature.

    It has the CA's name and requests basicConstraints with the CA's path length, keyUsage, subjectKeyIdentifier, and,
    if the CA has any, name constraints and certificate policies. Raises LintRefused if the read values differ.
    """
    builder = x509.CertificateSigningRequestBuilder(x509.Name.from_bytes(ca.subject_der))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=ca.path_length), critical=True)
    builder = builder.add_extension(build_key_usage(_USAGE), critical=True)
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier(keys.compute_subject_key_identifier(key.spki_der)), critical=False
    )
    if not ca.name_constraints.is_empty():
        builder = builder.add_extension(general_names.to_name_constraints(ca.name_constraints), critical=True)
    if ca.policies:
        builder = builder.add_extension(build_certificate_policies(ca.policies), critical=False)
    # Built by pyca with a throwaway key; the CA's own name and key then take their places, byte for byte.
    key_type, algorithm = KEY_TYPES[key.key_type], SIGNATURES[key.signature_algorithm]
    built = signer_key.sign_builder(builder, signer_key.get_throwaway_key(key_type), algorithm)
    version, _, _, attributes = der.read_children(built.tbs_certrequest_bytes)
    info = der.encode_sequence(version, ca.subject_der, key.spki_der, attributes)
    request = assemble.assemble_signed(info, algorithm, signer_key.get_throwaway_signature(key_type, algorithm))
    return require_no_errors(info, algorithm, key.spki_der, _lint(request, ca, key))


def _lint(request_der: bytes, ca: CertificateAuthority, key: IssuerKey) -> Sequence[Finding]:
    """Return a finding for each value that pyca/cryptography reads differently: name, key, and basicConstraints."""
    request = x509.load_der_x509_csr(request_der)
    constraints = request.extensions.get_extension_for_class(x509.BasicConstraints).value
    differing = {
        "subject": request.subject != x509.Name.from_bytes(ca.subject_der),
        "subjectPublicKeyInfo": request.public_key() != load_der_public_key(key.spki_der),
        "basicConstraints": (constraints.ca, constraints.path_length) != (True, ca.path_length),
    }
    return [
        Finding("request.as_intended", Severity.ERROR, "RFC 2986 §4.1", "differs from the value of the CA", field)
        for field, differs in differing.items()
        if differs
    ]
