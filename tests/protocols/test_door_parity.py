"""Each role, limit, profile, and subject has one decision, through REST, ACME, EST, SCEP, and CMP."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from cryptography import x509

from pki_manager.authority.certificates.profiles import create
from pki_manager.domain.profiles.codec import to_dict
from pki_manager.domain.profiles.extensions import CustomExtension, ExtensionType, RequestField
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.policy.builtin_profiles import TLS_SERVER
from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.protocols.rest.door import furnish, unique
from tests.services.postgresql import PostgresServer
from tests.support.enrolling import credential
from tests.support.enrollment_doors import DOORS, Limit, Outcome, Site, Subject, by_rest, outcome
from tests.support.factories import ADMIN

PROFILES = ("tls-server", "tls-client", "short-lived", "device", "code-signing", "ocsp-responder")
LIMITS = {
    "officer": Limit(),
    "operator": Limit(Role.CA_OPERATOR),
    "requester": Limit(Role.REQUESTER),
    "these names": Limit(names=("DNS:example.com",)),
    "other names": Limit(names=("DNS:example.org",)),
    "requester of these names": Limit(Role.REQUESTER, names=("DNS:example.com",)),
}
SUBJECTS = {
    "name": Subject(),
    "neighbor": Subject(("{}.badexample.com",)),
    "two names": Subject(("{}.example.com", "{}.badexample.com")),
    "wildcard": Subject(("*.{}.example.com",)),
    "underscore": Subject(("_{}.example.com",)),
    "address": Subject(("ip:192.0.2.7",)),
    "common name": Subject(common_name="{}.example.com"),
    "device name": Subject((), common_name="{}", orderable=False),
    "email": Subject(("email:{}@example.com",), orderable=False),
    "email in the subject": Subject(email="{}@example.com", orderable=False),
    "weak key": Subject(bits=1024),
    "CA": Subject(extensions=(x509.BasicConstraints(ca=True, path_length=None),)),
}


_AFTER_THE_ORDER = ("key.", "csr.", "subject.", "field.")
"""Rules about what an ACME client sends with finalize only. An order that names already forbid is refused before."""
_WITHOUT_RULES = len(("action", "outcome", "reason", "profile"))


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("doors")
    if os.environ.get("TEST_ENGINE", "sqlcipher") == "sqlcipher":
        url = f"sqlcipher:{folder / 'pki.db'}"
        template: Path = request.getfixturevalue("sqlcipher_template")
        shutil.copyfile(template, folder / "pki.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgresql")
        url = server.url(server.create_database(request.getfixturevalue("postgresql_template")))
    engine = open_engine(url)
    house = furnish(folder, engine, MAC_KEY, lock_path(url))
    credential(house.ctx, EnrollmentProtocol.SCEP)  # issues the certificate of the registration authority
    yield Site(house, engine)
    house.ctx.ports.storage.close()


def refused_by_order(decided: Outcome) -> Outcome:
    """Return the refusal of an ACME order, which has names, and neither a key nor a subject."""
    (event,) = decided.events
    words = [word for word in event.split() if not word.startswith(_AFTER_THE_ORDER)]
    return Outcome("refused", (" ".join(words) if len(words) > _WITHOUT_RULES else "access.denied refused forbidden",))


def is_same(door: str, found: Outcome, expected: Outcome) -> bool:
    if door == "acme" and expected.verdict == "refused" and found != expected:
        return found == refused_by_order(expected)
    return found == expected


def compare(site: Site, limit: Limit, profile: str, subjects: Mapping[str, Subject] = SUBJECTS) -> dict[str, Outcome]:
    """What REST decides of every subject, once the other doors were found to decide the same."""
    expected, different = {}, []
    for name, subject in subjects.items():
        expected[name] = outcome(site, by_rest, limit, profile, subject)
        for door, ask in DOORS.items():
            if door == "acme" and not subject.orderable:
                continue
            if door == "est server key" and subject.bits < 2048:  # the key of the CSR is ignored
                continue
            found = outcome(site, ask, limit, profile, subject)
            if not is_same(door, found, expected[name]):
                different.append(f"{name} by {door}: {found}\n    REST: {expected[name]}")
    assert not different, "\n".join(different)
    return expected


def cells() -> Iterator[ParameterSet]:
    """Each pair of a limit and a profile; those that repeat a limit and a profile of others are long."""
    for limit in LIMITS:
        for profile in PROFILES:
            is_short = limit == "officer" or profile == "tls-server"
            yield pytest.param(limit, profile, id=f"{limit}-{profile}", marks=() if is_short else pytest.mark.long)


@pytest.mark.parametrize(("limit", "profile"), list(cells()))
def test_enr_17_every_protocol_decides_as_rest_does(site: Site, limit: str, profile: str) -> None:
    decided = compare(site, LIMITS[limit], profile)
    assert decided["weak key"].verdict == "refused"
    served = {one.verdict for one in decided.values()} - {"refused"}
    if LIMITS[limit].names is None:
        assert len(served) == (profile != "ocsp-responder")
    elif limit == "other names":
        assert not served


def with_asset(value: bytes) -> Subject:
    """Return a request whose extension contains this value (DER)."""
    return Subject(extensions=(x509.UnrecognizedExtension(x509.ObjectIdentifier(ASSET), value),))


ASSET = "1.3.6.1.4.1.32473.7"
ASSETS = {
    "right": with_asset(b"\x0c\x03A-7"),
    "wrong": with_asset(b"\x0c\x03B-7"),
    "of another type": with_asset(b"\x16\x03A-7"),
    "no value": Subject(),
}


@pytest.mark.parametrize("limit", ["officer", "requester", "these names"])
def test_enr_17_a_field_value_in_an_extension_is_decided_as_by_rest(site: Site, limit: str) -> None:
    field = RequestField("asset", required=True, pattern="A-*")
    extension = CustomExtension(ASSET, ExtensionType.UTF8_STRING, field=field)
    name = unique("asset").replace(".", "-")
    create(site.house.ctx, ADMIN, to_dict(replace(TLS_SERVER, name=name, extensions=(extension,))))
    decided = compare(site, LIMITS[limit], name, ASSETS)
    verdicts = {subject: found.verdict for subject, found in decided.items()}
    right = {"officer": "issued", "requester": "waits", "these names": "refused"}[limit]
    assert verdicts == {"right": right, "wrong": "refused", "of another type": "refused", "no value": "refused"}
    for subject, rule in (("wrong", "field.value"), ("of another type", "field.value"), ("no value", "field.required")):
        assert rule in decided[subject].events[0]


@pytest.mark.parametrize(
    ("door", "event", "text"),
    [
        ("est", "access.denied refused forbidden", "for another EST label"),
        ("est server key", "access.denied refused forbidden", "for another EST label"),
        ("scep", "operation.refused refused unauthenticated", ""),
        ("cmp", "access.denied refused forbidden", "for another CA or profile"),
    ],
)
def test_enr_17_a_credential_enrolls_through_no_path_of_another_profile(
    site: Site, door: str, event: str, text: str
) -> None:
    limit = replace(LIMITS["officer"], path_profile="tls-client")
    found = outcome(site, DOORS[door], limit, "tls-server", SUBJECTS["name"])
    assert (found.verdict, found.events) == ("refused", (event,))
    assert text in found.text
