"""The hash of a certificate plan."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pki_manager.domain.certificate import CertificateKind
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints, NameKind
from pki_manager.domain.plan import BasicConstraints, CertificatePlan
from pki_manager.domain.request import ValidityRequest

NOW = datetime(2026, 3, 1, tzinfo=UTC)


DAY = timedelta(days=1)


PLAN = CertificatePlan(
    ca_id=UUID(int=1),
    profile="tls-server",
    profile_version=1,
    kind=CertificateKind.END_ENTITY,
    subject=DistinguishedName.of(("CN", "a")),
    sans=(AlternativeName(NameKind.DNS, "a"),),
    key_type="Ed25519",
    spki_der=b"spki",
    validity=ValidityRequest(not_before=NOW, not_after=NOW + DAY),
    basic_constraints=BasicConstraints(ca=False),
    key_usage=("digitalSignature",),
    extended_key_usage=("1.3.6.1.5.5.7.3.1",),
    name_constraints=NameConstraints(),
    crl_url="http://a/",
    ocsp_url=None,
    issuer_url=None,
    ocsp_nocheck=False,
)


@pytest.mark.parametrize(
    "changes",
    [
        {"ca_id": UUID(int=2)},
        {"profile": "tls-client"},
        {"profile_version": 2},
        {"kind": CertificateKind.ISSUED},
        {"subject": DistinguishedName.of(("CN", "b"))},
        {"sans": ()},
        {"key_type": "Ed448"},
        {"spki_der": b"other"},
        {"validity": ValidityRequest(not_before=NOW)},
        {"basic_constraints": None},
        {"basic_constraints": BasicConstraints(ca=True, path_length=0)},
        {"key_usage": ()},
        {"extended_key_usage": ()},
        {"name_constraints": NameConstraints((AlternativeName(NameKind.DNS, "a"),))},
        {"name_constraints": NameConstraints((), (AlternativeName(NameKind.DNS, "a"),))},
        {"crl_url": None},
        {"ocsp_url": "http://a/"},
        {"issuer_url": "http://a/"},
        {"ocsp_nocheck": True},
        {"notes": ("n",)},
    ],
    ids=str,
)
def test_the_hash_of_a_plan_covers_every_part_of_it(changes):
    assert replace(PLAN, **changes).sha256() != PLAN.sha256()
    assert replace(PLAN).sha256() == PLAN.sha256()
