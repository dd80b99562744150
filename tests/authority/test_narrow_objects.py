"""Checks that decide about one object, asked by somebody whose rights end before it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.authority.cas.cross_sign import CrossSign, cross_sign
from pki_manager.authority.cas.import_history import check_row
from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, check_enrollment
from pki_manager.authority.certificates.enroll_with_key import EnrollWithKey, enroll_with_key
from pki_manager.authority.certificates.generated_keys import KeyOrder
from pki_manager.authority.certificates.queries import show_profile
from pki_manager.authority.installation.search import FoundKind, search
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import users
from pki_manager.authority.people.sessions import require_own_id
from pki_manager.authority.people.users import Person
from pki_manager.authority.requests.requests import (
    RequestQuery,
    SubmitRequest,
    cancel_request,
    get_approval_id,
    list_requests,
    submit_request,
)
from pki_manager.authority.rights import teams
from pki_manager.authority.rights.service_accounts import AccountRequest, create_account
from pki_manager.authority.rights.tokens import create_token
from pki_manager.domain.duration import Duration
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, Forbidden, NotFound
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor, Role, Scope
from pki_manager.domain.rights.permission import Permission
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.odd_rights import ELSEWHERE, OTHER_PROFILE, but, limited, with_rights
from tests.support.people import make_user


def only(ctx: Context, name: str) -> Scope:
    with ctx.ports.storage.read() as reader:
        return Scope(cas=frozenset({next(one.id for one in reader.cas.list_all() if one.name == name)}))


class TestCrossSigning:
    COMMAND = CrossSign(ca="Root CA", subject_ca="Issuing CA")

    def test_by_an_authority_that_one_may_not_use(self, ctx: Context) -> None:
        with pytest.raises(Forbidden, match=Permission.CA_CROSS_SIGN):
            cross_sign(ctx, limited(Permission.CA_CROSS_SIGN, ELSEWHERE), self.COMMAND)

    def test_of_an_authority_that_one_may_not_see(self, ctx: Context) -> None:
        who = limited(Permission.CA_READ, only(ctx, "Root CA"))
        with pytest.raises(NotFound, match="Issuing CA"):
            cross_sign(ctx, who, self.COMMAND)


class TestEnrolling:
    def test_what_is_foreseen_by_an_authority_that_one_has_nothing_to_do_with(self, ctx: Context) -> None:
        """As if it were not there, not as if it were forbidden."""
        who = with_rights(Permission.CERTIFICATE_ISSUE, scope=ELSEWHERE)
        with pytest.raises(NotFound, match="Issuing CA"):
            check_enrollment(ctx, who, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))

    def test_with_a_key_made_here_nothing_is_looked_up_for_who_may_not_issue(self, ctx: Context) -> None:
        order = EnrollWithKey(ca="no such", profile="no such", key=KeyOrder(key_type="no such", passphrase="a phrase"))
        with pytest.raises(Forbidden, match=Permission.CERTIFICATE_ISSUE):
            enroll_with_key(ctx, but(Permission.CERTIFICATE_ISSUE), order)


class TestProfiles:
    def test_who_may_retire_another_one_retires_it_not(self, ctx: Context) -> None:
        with pytest.raises(Forbidden, match=Permission.PROFILE_RETIRE):
            profiles.retire(ctx, limited(Permission.PROFILE_RETIRE, OTHER_PROFILE), "tls-client")

    def test_what_one_may_not_read_is_not_there(self, ctx: Context) -> None:
        who = limited(Permission.PROFILE_READ, OTHER_PROFILE)
        with pytest.raises(NotFound, match="tls-client"):
            show_profile(ctx, who, "tls-client")
        assert show_profile(ctx, who, "code-signing").name == "code-signing"
        with pytest.raises(Forbidden, match=Permission.PROFILE_READ):
            show_profile(ctx, but(Permission.PROFILE_READ), "tls-client")


class TestHistory:
    def test_of_an_authority_that_one_may_not_import(self, ctx: Context) -> None:
        """Before it is told that this one is not being imported."""
        with pytest.raises(Forbidden, match=Permission.CA_CREATE):
            check_row(ctx, limited(Permission.CA_CREATE, ELSEWHERE), {"ca": "Issuing CA"})
        with pytest.raises(Conflict, match=r"CA .* is active, not external"):
            check_row(ctx, ADMIN, {"ca": "Issuing CA"})


class TestRequests:
    @pytest.fixture
    def ready(self, ctx: Context) -> UUID:
        """Of an administrator's token, which nobody has to approve: its key is made when it is collected."""
        name = AlternativeName.parse("DNS:made.example.com")
        wish = SubmitRequest(
            requested=RequestedContents(sans=(name,)), ca="Issuing CA", profile="tls-server", key_type="ECDSA-P256"
        )
        view, _ = submit_request(ctx, ADMIN, wish)
        assert view.request.enrolment.state is EnrollmentState.READY
        return view.request.enrolment.id

    def test_only_who_asked_for_it_cancels_it(self, ctx: Context, ready: UUID) -> None:
        with pytest.raises(Forbidden, match="Only the requester"):
            cancel_request(ctx, replace(ADMIN, id="token:other", owner_id="token:other"), ready)
        view, _ = cancel_request(ctx, ADMIN, ready)
        assert view.request.enrolment.state is EnrollmentState.CANCELLED

    @pytest.mark.parametrize("scope", [ELSEWHERE, OTHER_PROFILE], ids=["ca", "profile"])
    def test_what_one_may_not_read_is_neither_listed_nor_there(self, ctx: Context, ready: UUID, scope: Scope) -> None:
        who = limited(Permission.REQUEST_READ, scope)
        assert list_requests(ctx, who, RequestQuery(), None, 10).items == ()
        with pytest.raises(NotFound, match=r"Request .* not found"):
            get_approval_id(ctx, who, ready)
        assert len(list_requests(ctx, ADMIN, RequestQuery(), None, 10).items) == 1
        with pytest.raises(Conflict, match="does not require approval"):
            get_approval_id(ctx, ADMIN, ready)

    def test_what_one_may_not_read_is_passed_over_where_it_is_newer_and_would_fill_the_page(self, ctx: Context) -> None:
        name = AlternativeName.parse("DNS:made.example.com")
        older, newer = (
            submit_request(
                ctx,
                ADMIN,
                SubmitRequest(
                    requested=RequestedContents(sans=(name,)), ca="Issuing CA", profile=profile, key_type="ECDSA-P256"
                ),
            )[0].request.enrolment.id
            for profile in ("tls-server", "tls-mutual")
        )
        who = limited(Permission.REQUEST_READ, Scope(profiles=frozenset({"tls-server"})))
        (first,) = list_requests(ctx, who, RequestQuery(), None, 1).items
        assert first.request.enrolment.id == older
        assert found(ctx, who, ADMIN.id, FoundKind.REQUEST, limit=1) == {str(older)}
        assert found(ctx, who, str(newer), FoundKind.REQUEST) == set()
        assert found(ctx, ADMIN, str(newer), FoundKind.REQUEST) == {str(newer)}
        assert found(ctx, but(Permission.REQUEST_READ), ADMIN.id, FoundKind.REQUEST) == set()


def found(ctx: Context, actor: Actor, text: str, kind: FoundKind, limit: int = 10) -> set[str]:
    return {one.id for one in search(ctx, actor, text, limit) if one.kind is kind}


class TestSearching:
    def test_finds_the_authorities_that_one_may_read(self, ctx: Context) -> None:
        root = only(ctx, "Root CA")
        (root_id,) = root.cas or ()
        who = limited(Permission.CA_READ, root)
        assert found(ctx, who, "CA", FoundKind.CA) == {str(root_id)}
        assert len(found(ctx, ADMIN, "CA", FoundKind.CA)) > 1
        assert found(ctx, but(Permission.CA_READ), "CA", FoundKind.CA) == set()

    def test_finds_the_certificates_that_one_may_read(self, ctx: Context) -> None:
        who = limited(Permission.CERTIFICATE_READ, Scope(profiles=frozenset({"root-ca"})))
        assert len(found(ctx, who, "Root CA", FoundKind.CERTIFICATE)) == 1
        assert found(ctx, who, "Issuing CA", FoundKind.CERTIFICATE) == set()
        assert len(found(ctx, ADMIN, "Issuing CA", FoundKind.CERTIFICATE)) == 1
        assert found(ctx, but(Permission.CERTIFICATE_READ), "Root CA", FoundKind.CERTIFICATE) == set()

    def test_finds_users_for_who_may_read_them(self, ctx: Context) -> None:
        user = make_user(ctx, Role.AUDITOR)
        assert found(ctx, ADMIN, user.login, FoundKind.USER) == {str(user.id)}
        assert found(ctx, but(Permission.USER_READ), user.login, FoundKind.USER) == set()


class TestRightsOfOthers:
    """Nobody makes, or has made, somebody mightier than himself."""

    def test_a_user(self, ctx: Context) -> None:
        helper = but(Permission.CA_REVOKE)
        mighty = Person(display_name="x", email=None, role=Role.ADMINISTRATOR)
        with pytest.raises(Forbidden, match="permissions that you do not have"):
            users.create_user(ctx, helper, "mighty", mighty)
        user = make_user(ctx, Role.AUDITOR)
        with pytest.raises(Forbidden, match="permissions that you do not have"):
            users.change_user(ctx, helper, user.login, mighty)

    def test_a_user_who_is_mightier_stays_so(self, ctx: Context) -> None:
        user = make_user(ctx, Role.CA_OPERATOR)
        lesser = Person(display_name="x", email=None, role=Role.AUDITOR)
        with pytest.raises(Forbidden, match="permissions that you do not have"):
            users.change_user(ctx, but(Permission.CA_REVOKE), user.login, lesser)
        assert users.change_user(ctx, ADMIN, user.login, lesser).role is Role.AUDITOR

    def test_a_service_account(self, ctx: Context) -> None:
        user = make_user(ctx, Role.AUDITOR)
        wish = AccountRequest(name="mighty", role="administrator", user=user.login)
        with pytest.raises(Forbidden, match="permissions that you do not have"):
            create_account(ctx, but(Permission.CA_REVOKE), wish)


class TestOfTheCaller:
    def test_a_service_account_of_another_team_needs_the_permission_to_manage_teams(self, ctx: Context) -> None:
        teams.create_team(ctx, ADMIN, "Web")
        account = AccountRequest(name="of another team", role=Role.AUDITOR, team="Web")
        with pytest.raises(Forbidden, match=Permission.TEAM_MANAGE):
            create_account(ctx, but(Permission.TEAM_MANAGE), account)
        assert create_account(ctx, ADMIN, account)[0].team_id

    def test_who_has_no_account_has_nothing_of_one(self) -> None:
        with pytest.raises(Forbidden, match="Sign in as a user"):
            require_own_id(ADMIN)

    def test_a_token_is_refused_before_its_name_is_looked_at(self, ctx: Context) -> None:
        with pytest.raises(Forbidden, match=Permission.TOKEN_CREATE):
            create_token(ctx, but(Permission.TOKEN_CREATE), "", "auditor", Duration(0, 60))
