"""NIST's path validation suite (PKITS), from the test vectors of the cryptography library.

What is said to be invalid must be; of what is said to be valid all but what needs a feature that is not here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from pki_manager.domain.errors import PkiError
from pki_manager.x509.path import Question, verify
from pki_manager.x509.path.crl import PathCrl
from pki_manager.x509.path.link import Link
from tests.support.odd_objects import ROOT

PKITS = ROOT / "x509/PKITS_data"
AT = datetime(2020, 1, 1, tzinfo=UTC)
CASES = sorted((PKITS / "certs").glob("*EE.crt"), key=lambda path: path.name)

UNSUPPORTED = {
    "DSA is no algorithm of ours": ("DSA",),
    "indirect CRLs": ("indirectCRL", "cRLIssuer"),
    "distribution points named relative to their issuer": (
        "distributionPointTest4",
        "distributionPointTest5",
        "distributionPointTest7",
    ),
    "CRLs that are complete only together": ("onlySomeReasons",),
    "CRLs by another key than the one that issued the certificate": (
        "ValidSelfIssued",
        "BasicSelfIssuedCRLSigningKeyTest6",
        "BasicSelfIssuedNewWithOldTest4",
        "BasicSelfIssuedOldWithNewTest1",
        "ValidDNnameConstraintsTest19",
        "SeparateCertificateandCRLKeys",
    ),
}


@cache
def cas() -> tuple[Link, ...]:
    paths = (path for path in (PKITS / "certs").glob("*.crt") if not path.name.endswith("EE.crt"))
    return tuple(link for link in map(link_of, sorted(paths)) if link is not None)


def link_of(path: Path) -> Link | None:
    try:
        return Link.read(path.read_bytes(), "certificate")
    except PkiError:
        return None


@cache
def crls() -> tuple[PathCrl, ...]:
    return tuple(PathCrl.read(path.read_bytes(), "crl") for path in sorted((PKITS / "crls").glob("*.crl")))


def question(path: Path) -> Question:
    """With the CA certificates and CRLs whose names lead from the certificate to the root; the rest only take time."""
    leaf = link_of(path)
    wanted, names = [leaf.issuer if leaf else ()], set()
    while wanted:
        name = wanted.pop()
        if name not in names:
            names.add(name)
            wanted += [link.issuer for link in cas() if link.subject == name]
    return Question(
        certificate=path.read_bytes(),
        trust_anchors=((PKITS / "certs/TrustAnchorRootCertificate.crt").read_bytes(),),
        intermediates=tuple(link.der for link in cas() if link.subject in names),
        crls=tuple(crl.view.data for crl in crls() if crl.issuer in names) or (crls()[0].view.data,),
        time=AT,
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.removesuffix("EE.crt"))
def test_pkits(path: Path) -> None:
    try:
        verdict = verify(question(path))
        valid, said = verdict.valid, str(verdict.reasons)
    except PkiError as error:
        valid, said = False, error.detail
    if path.name.startswith("Invalid"):
        assert not valid
    elif path.name.startswith("Valid"):
        missing = any(word in path.name for words in UNSUPPORTED.values() for word in words)
        assert valid is not missing, said
