"""A CA's own PKCS#10 request (RFC 2986), for a parent that is not ours."""

from __future__ import annotations

from cryptography import x509

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES
from pki_manager.domain.ca import CertificateAuthority, IssuerKey
from pki_manager.x509 import general_names, keys, signer_key
from pki_manager.x509.asn1 import der
from pki_manager.x509.build import certificate_policies, usage_bits

_USAGE = ("keyCertSign", "cRLSign")


def prepare_request(ca: CertificateAuthority, key: IssuerKey) -> bytes:
    """The CertificationRequestInfo (DER) that `key` is to sign: the CA's Name, and what a CA's certificate should say.

    It asks for basicConstraints with the CA's path length, keyUsage, subjectKeyIdentifier, and for name constraints and
    certificate policies where the CA has any.
    """
    builder = x509.CertificateSigningRequestBuilder(x509.Name.from_bytes(ca.subject_der))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=ca.path_length), critical=True)
    builder = builder.add_extension(usage_bits(_USAGE), critical=True)
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier(keys.subject_key_identifier(key.spki_der)), critical=False
    )
    if not ca.name_constraints.is_empty():
        builder = builder.add_extension(general_names.to_name_constraints(ca.name_constraints), critical=True)
    if ca.policies:
        builder = builder.add_extension(certificate_policies(ca.policies), critical=False)
    # Built by pyca with a throwaway key; the CA's own name and key then take their places, byte for byte.
    throwaway = signer_key.throwaway_key(KEY_TYPES[key.key_type])
    made = signer_key.sign_builder(builder, throwaway, SIGNATURES[key.signature_algorithm])
    version, _, _, attributes = der.children(made.tbs_certrequest_bytes)
    return der.encode_sequence(version, ca.subject_der, key.spki_der, attributes)
