"""Valid inputs of the parsers that are fuzzed."""

from __future__ import annotations

import base64
from pathlib import Path

import cryptography_vectors
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.cli import yaml_file
from pki_manager.domain.profiles import codec
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from tests.support import paths
from tests.support.csrs import make_csr
from tests.support.hierarchies import private_key

VECTORS = Path(cryptography_vectors.__file__).parent


_LARGEST_SEED = 20_000


def files(folder: str, pattern: str) -> tuple[bytes, ...]:
    found = sorted((VECTORS / folder).rglob(pattern))
    return tuple(one.read_bytes() for one in found if one.stat().st_size < _LARGEST_SEED)


def chain() -> tuple[bytes, ...]:
    return paths.ders(paths.chain(paths.LEAF, paths.ISSUING, paths.ROOT))


def certificates() -> tuple[bytes, ...]:
    return *chain(), *(der_of(one) for one in files("x509/custom", "*.pem") if b"BEGIN CERTIFICATE--" in one)


def der_of(text: bytes) -> bytes:
    body = text.split(b"-----")[2]
    return base64.b64decode(body, validate=False)


def requests() -> tuple[bytes, ...]:
    return tuple(der_of(one) for one in (make_csr("a.example.com").encode(), *files("x509/requests", "*.pem")))


def pss_request() -> bytes:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(private_key("RSA-2048"), hashes.SHA256(), rsa_padding=pss).public_bytes(Encoding.DER)


def crls() -> tuple[bytes, ...]:
    return paths.crl(paths.ROOT, 1, 2, 3), *(der_of(one) for one in files("x509/custom", "crl_*.pem"))


def ocsp() -> tuple[bytes, ...]:
    return files("x509/ocsp", "*.der")


def containers() -> tuple[bytes, ...]:
    return *files("pkcs7", "*.der"), *files("pkcs7", "*.p7b"), *files("pkcs7", "*.pem")


def pfx() -> tuple[bytes, ...]:
    return files("pkcs12", "*.p12")


def pem() -> tuple[bytes, ...]:
    return make_csr("a.example.com").encode(), *files("x509/custom", "*.pem")[:10], *files("x509", "*.pem")[:10]


def profiles() -> tuple[bytes, ...]:
    return tuple(yaml_file.write_mapping(codec.to_dict(one)) for one in BUILTIN_PROFILES)


def keys() -> tuple[bytes, ...]:
    return *files("asymmetric/PKCS8", "*.pem")[:6], *files("asymmetric/DER_Serialization", "*.der")[:6], *pfx()[:4]
