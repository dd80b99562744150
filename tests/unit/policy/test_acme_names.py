"""Whether a request names what was ordered, whether all of that is the account's, and what could not be issued."""

from __future__ import annotations

import pytest

from pki_manager.domain.acme.orders import AcmeProblem, Identifier, IdentifierKind
from pki_manager.domain.errors import InvalidInput, PolicyRefused
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.policy.acme import require_authorized, require_caa, require_names
from tests.unit.policy.cases import facts

NOBODY = DistinguishedName()


def identifiers(*names: str) -> list[Identifier]:
    return [Identifier(IdentifierKind(kind), value) for kind, value in (name.split(":", 1) for name in names)]


def sans(*names: str) -> tuple[AlternativeName, ...]:
    return tuple(AlternativeName.parse(name) for name in names)


@pytest.mark.parametrize(
    ("subject", "asked"),
    [
        ((), ("DNS:a.example", "IP:10.0.0.1")),
        ((), ("IP:10.0.0.1", "DNS:A.EXAMPLE", "DNS:a.example")),
        ((("CN", "A.example"),), ("IP:10.0.0.1",)),
        ((("CN", "10.0.0.1"), ("O", "Example")), ("DNS:a.example",)),
        ((("CN", "a.example"),), ("DNS:a.example", "IP:10.0.0.1")),
    ],
)
def test_the_names_of_a_request_may_stand_in_either_place(
    subject: tuple[tuple[str, str], ...], asked: tuple[str, ...]
) -> None:
    request = facts(DistinguishedName.of(*subject), sans(*asked))
    require_names(request, identifiers("dns:a.example", "ip:10.0.0.1"))


@pytest.mark.parametrize(
    ("subject", "asked", "told"),
    [
        ((), ("DNS:a.example", "DNS:b.example", "DNS:c.example"), "'DNS:c.example' is not in the order"),
        ((), ("DNS:a.example",), "DNS:b.example is missing"),
        ((), ("DNS:a.example", "DNS:b.example", "email:a@a.example"), "'email:a@a.example' is not in the order"),
        ((("CN", "c.example"),), ("DNS:a.example", "DNS:b.example"), "'DNS:c.example' is not in the order"),
        ((("CN", "a.example"), ("CN", "b.example")), (), "more than one common name"),
        ((("CN", "a.example"), ("emailAddress", "a@a.example")), ("DNS:b.example",), "'a@a.example' cannot be proved"),
        ((("CN", "alice"),), ("DNS:a.example", "DNS:b.example"), "'DNS:alice' is not in the order"),
    ],
)
def test_other_names_are_refused(subject: tuple[tuple[str, str], ...], asked: tuple[str, ...], told: str) -> None:
    request = facts(DistinguishedName.of(*subject), sans(*asked))
    with pytest.raises(InvalidInput, match="csr: ") as caught:
        require_names(request, identifiers("dns:a.example", "dns:b.example"))
    assert caught.value.errors[0].rule == "acme.csr_names"
    assert told in caught.value.detail


def test_names_of_kinds_that_nobody_issues_are_refused() -> None:
    request = facts(NOBODY, sans("DNS:a.example"), other_names=("registeredID 1.2.3",))
    with pytest.raises(InvalidInput, match=r"registeredID 1\.2\.3"):
        require_names(request, identifiers("dns:a.example"))


def test_every_name_of_a_certificate_must_be_authorized() -> None:
    mine = identifiers("dns:a.example", "dns:*.a.example", "ip:10.0.0.1")
    require_authorized(NOBODY, sans("DNS:a.example", "DNS:*.a.example", "IP:10.0.0.1"), mine)
    with pytest.raises(PolicyRefused) as caught:
        require_authorized(NOBODY, sans("DNS:a.example", "DNS:b.a.example", "IP:10.0.0.2"), mine)
    assert [error.rule for error in caught.value.errors] == ["acme.authorization", "acme.authorization"]
    with pytest.raises(PolicyRefused, match=r"email:a@a\.example"):
        require_authorized(DistinguishedName.of(("emailAddress", "a@a.example")), sans("DNS:a.example"), mine)


def test_names_that_caa_forbids_are_all_told() -> None:
    require_caa({})
    first, second = identifiers("dns:a.example", "dns:b.example")
    with pytest.raises(PolicyRefused) as caught:
        require_caa({first: AcmeProblem("caa", "not us"), second: AcmeProblem("caa", "nor here")})
    assert [error.rule for error in caught.value.errors] == ["acme.caa", "acme.caa"]
    assert "dns:a.example: not us" in caught.value.detail
