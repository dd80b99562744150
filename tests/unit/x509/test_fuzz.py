"""Every parser of what others send, on valid objects that were turned, cut and stretched: our own errors only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from pki_manager.domain.errors import PkiError
from pki_manager.x509 import crl, names, ocsp, parse
from pki_manager.x509 import path as paths
from pki_manager.x509.decode import decode
from pki_manager.x509.lint import lint_certificate, lint_crl, lint_ocsp
from tests.csrs import make_csr
from tests.odd_objects import ROOT
from tests.paths import ISSUING, LEAF, NOW, chain, ders
from tests.paths import ROOT as ANCHOR
from tests.paths import crl as make_crl

EXAMPLES = 60


@cache
def seeds() -> dict[str, tuple[bytes, ...]]:
    request = x509.load_pem_x509_csr(make_csr("a.example.com").encode()).public_bytes(Encoding.DER)
    ocsp_files = sorted((ROOT / "x509/ocsp").glob("*.der"))
    keys = (ROOT / "asymmetric/DER_Serialization/ec_private_key.der", ROOT / "pkcs7/amazon-roots.der")
    return {
        "certificate": ders(chain(LEAF, ISSUING, ANCHOR)),
        "request": (request,),
        "crl": (make_crl(ANCHOR, 1, 2, 3),),
        "ocsp": tuple(path.read_bytes() for path in ocsp_files),
        "any": tuple(path.read_bytes() for path in keys),
    }


def mutations(kind: str) -> st.SearchStrategy[bytes]:
    """One valid object with a few of its octets changed, a piece cut out, doubled, or wrapped into another length."""

    def changed(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
        for at, length, octets in edits:
            place = at % (len(data) + 1)
            data = data[:place] + octets + data[place + length :]
        return data

    octets = st.binary(max_size=3) | st.sampled_from(
        [
            b"\x30\x80",
            b"\x80",
            b"\x84\xff\xff\xff\xff",
            b"\x00",
            b"\xff",
            b"\x30" * 40,
            b"\x02\x00",
            b"\x06\x00",
            b"\x03\x01\x08",
        ]
    )
    edit = st.tuples(st.integers(0, 4000), st.integers(0, 4), octets)
    return st.builds(changed, st.sampled_from(seeds()[kind]), st.lists(edit, min_size=1, max_size=4))


def trusted(data: bytes) -> object:
    leaf, _, root = ders(chain(LEAF, ISSUING, ANCHOR))
    asked = paths.Question(
        certificate=leaf, intermediates=(data,), trust_anchors=(root,), time=NOW, crls=(make_crl(ISSUING),)
    )
    return paths.verify(asked)


def revoked(data: bytes) -> object:
    leaf, issuing, root = ders(chain(LEAF, ISSUING, ANCHOR))
    asked = paths.Question(certificate=leaf, intermediates=(issuing,), trust_anchors=(root,), time=NOW, crls=(data,))
    return paths.verify(asked)


PARSERS: dict[str, tuple[str, Callable[[bytes], object]]] = {
    "parse.csr": ("request", parse.csr),
    "parse.certificate": ("certificate", parse.certificate),
    "names.from_der": ("certificate", names.from_der),
    "ocsp.parse_request": ("ocsp", ocsp.parse_request),
    "crl.crl_facts": ("crl", crl.crl_facts),
    "lint_certificate": ("certificate", lambda data: lint_certificate(data, None, full=True)),
    "lint_crl": ("crl", lambda data: lint_crl(data, None, full=True)),
    "lint_ocsp": ("ocsp", lambda data: lint_ocsp(data, full=True)),
    "path.verify": ("certificate", trusted),
    "path.verify crls": ("crl", revoked),
    **{f"decode {kind}": (kind, decode) for kind in ("certificate", "request", "crl", "ocsp", "any")},
}


def attack(name: str, examples: int) -> None:
    kind, parser = PARSERS[name]

    @settings(max_examples=examples, deadline=None, database=None)
    @given(data=mutations(kind))
    def try_one(data: bytes) -> None:
        with suppress(PkiError):
            parser(data)

    try_one()


@pytest.mark.parametrize("name", PARSERS)
def test_no_parser_fails_but_by_an_error_of_ours(name: str) -> None:
    attack(name, EXAMPLES)


@pytest.mark.long
@pytest.mark.parametrize("name", PARSERS)
def test_no_parser_fails_but_by_an_error_of_ours_at_length(name: str) -> None:
    attack(name, 20_000)
