"""otherNames: refused unless the profile lists their type-id, each by its own standard, and under name constraints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.domain.errors import InvalidInput, PolicyRefused
from pki_manager.domain.names import AlternativeName, NameConstraints, NameKind
from pki_manager.domain.other_names import NTDS_REPLICATION, SMTP_UTF8_MAILBOX, UPN
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import SanRule
from pki_manager.policy.builtin_profiles import TLS_CLIENT
from tests.unit.policy.cases import facts, issuer, plan, sans

KERBEROS = "1.3.6.1.5.2.2"
PROFILE = replace(
    TLS_CLIENT,
    sans=SanRule(
        kinds=(NameKind.EMAIL, NameKind.OTHER), other_names=(UPN, SMTP_UTF8_MAILBOX, KERBEROS, NTDS_REPLICATION)
    ),
)


def refused(*names: str, profile: Profile = PROFILE, constraints: NameConstraints | None = None) -> set[str]:
    by = issuer() if constraints is None else issuer(ancestors_constraints=(constraints,))
    try:
        plan(facts(names=sans(*names)), profile=profile, by=by)
    except PolicyRefused as error:
        return {one.rule for one in error.errors}
    return set()


@pytest.mark.parametrize(
    "text",
    [
        "UPN:alice@corp.example",
        "UPN:Alice@CORP.EXAMPLE",
        "UPN:ålice smith".replace(" ", ".") + "@corp.example",
        "SmtpUTF8Mailbox:ålice@xn--bcher-kva.example",
        f"otherName:{KERBEROS};DER:3000",
        f"otherName:{NTDS_REPLICATION};DER:0410ac4b2906aad65d4fa99c4cbcb06a65d9",
        f"otherName:{KERBEROS};ia5:host/www.example.com",
    ],
)
def test_a_listed_type_id_is_issued_as_asked(text: str) -> None:
    assert plan(facts(names=sans(text)), profile=PROFILE).sans == sans(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("otherName:1.2.3.4;UTF8:x", "san.other_type"),
        ("UPN:alice", "san.other"),
        ("UPN:@corp.example", "san.other"),
        ("UPN:alice@evil@corp.example", "san.other"),
        ("UPN:alice\0@corp.example", "san.other"),
        ("UPN:ali\u202ece@corp.example", "san.other"),
        ("UPN:al ice@corp.example", "san.other"),
        ("UPN:alice@corp_1.example", "san.other"),
        ("SmtpUTF8Mailbox:ålice@CORP.example", "san.other"),
        ("UPN:a\u030alice@corp.example", "san.other"),
        (f"UPN:{'a' * 65}@corp.example", "san.other"),
        (f"otherName:{UPN};IA5:alice@corp.example", "san.other"),
        (f"otherName:{UPN};DER:3000", "san.other"),
        ("SmtpUTF8Mailbox:alice@corp.example", "san.other"),
        ("SmtpUTF8Mailbox:\ufeffålice@corp.example", "san.other"),
        ("SmtpUTF8Mailbox:ålice@bücher.example", "san.other"),
        (f"otherName:{KERBEROS};UTF8:a\u200bb", "san.other"),
        (f"otherName:{NTDS_REPLICATION};DER:040fac4b2906aad65d4fa99c4cbcb06a65", "san.other"),
        (f"otherName:{NTDS_REPLICATION};UTF8:ac4b2906-aad6-5d4f-a99c-4cbcb06a65d9", "san.other"),
        (f"otherName:{KERBEROS};UTF8:{'a' * 513}", "san.other"),
    ],
)
def test_what_is_no_such_name_is_refused(text: str, rule: str) -> None:
    assert refused(text) == {rule}


def test_without_the_profiles_leave_there_are_none() -> None:
    assert refused("UPN:alice@corp.example", profile=TLS_CLIENT) == {"san.kind"}


@pytest.mark.parametrize(
    ("text", "permitted", "excluded", "is_refused"),
    [
        ("SmtpUTF8Mailbox:ålice@corp.example", ("email:corp.example",), (), False),
        ("SmtpUTF8Mailbox:ålice@evil.example", ("email:corp.example",), (), True),
        ("SmtpUTF8Mailbox:ålice@corp.example", (), ("email:corp.example",), True),
        ("SmtpUTF8Mailbox:ålice@corp.example", ("DNS:corp.example",), (), False),
        ("UPN:alice@corp.example", ("email:corp.example",), (), True),
        ("UPN:alice@corp.example", (), ("DNS:evil.example",), True),
        (f"otherName:{KERBEROS};DER:3000", ("IP:10.0.0.0/8",), (), True),
    ],
)
def test_nam_07_a_ca_with_name_constraints_vouches_for_what_they_can_limit(
    text: str, permitted: tuple[str, ...], excluded: tuple[str, ...], is_refused: bool
) -> None:
    constraints = NameConstraints(
        tuple(NameConstraints.subtree(one, "permitted") for one in permitted),
        tuple(NameConstraints.subtree(one, "excluded") for one in excluded),
    )
    rule = "name_constraints.excluded" if excluded and "Smtp" in text else "name_constraints.permitted"
    assert refused(text, constraints=constraints) == ({rule} if is_refused else set())


def test_there_are_no_subtrees_of_other_names() -> None:
    with pytest.raises(InvalidInput, match=r"name_constraints\.permitted: must"):
        NameConstraints.subtree("UPN:corp.example", "name_constraints.permitted")


@pytest.mark.parametrize(
    "changes",
    [
        {"kinds": (NameKind.EMAIL,)},
        {"other_names": ()},
        {"other_names": ("UPN",)},
        {"permitted": (AlternativeName.parse("email:corp.example"),)},
    ],
)
def test_a_profile_says_both_the_kind_and_its_types_and_cannot_limit_what_has_no_subtrees(
    changes: dict[str, object],
) -> None:
    with pytest.raises(InvalidInput, match=r"sans\.(other_names|permitted): must"):
        replace(PROFILE, sans=replace(PROFILE.sans, **changes))


def test_a_profile_limits_mailboxes_of_both_spellings_by_one_subtree() -> None:
    limited = replace(
        PROFILE,
        sans=replace(
            PROFILE.sans, other_names=(SMTP_UTF8_MAILBOX,), permitted=(AlternativeName.parse("email:corp.example"),)
        ),
    )
    assert refused("SmtpUTF8Mailbox:ålice@corp.example", profile=limited) == set()
    assert refused("SmtpUTF8Mailbox:ålice@evil.example", profile=limited) == {"san.permitted"}
