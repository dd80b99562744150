"""Checks behind the first one: what only a grant that is limited, or an odd set of grants, comes to.

Each is asked of the heart, by somebody whom everything before it lets through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.authority.audit import change_feed
from pki_manager.authority.bulk import results
from pki_manager.authority.bulk.rows import KINDS
from pki_manager.authority.bulk.submit import submit
from pki_manager.authority.cas.check_import import check_import
from pki_manager.authority.cas.import_ca import ImportCa, import_ca
from pki_manager.authority.cas.suspend_ca import suspend_ca
from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import factors, oidc
from pki_manager.authority.requests import approval_rules, issue_approved
from pki_manager.authority.requests.edit_request import Edit, edit_request
from pki_manager.authority.requests.requests import SubmitRequest, submit_request
from pki_manager.authority.rights import roles
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.authority.status.revoke import RevocationDetails, preview_revocation, revoke, revoke_by_key
from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.bulk import BulkAction
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import AccessError, Forbidden, FreshAuthenticationRequired, NotFound
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.people.identity import SignInPurpose
from pki_manager.domain.queue import QueuedRequest
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor, ActorKind, Reach, Role, Scope, build_system_actor
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.worker.outbox import run_outbox
from pki_manager.x509 import pem
from pki_manager.x509.made_key import make_key
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports
from tests.support.odd_rights import ELSEWHERE, OTHER_PROFILE, but, limited, with_rights
from tests.support.people import make_user

WHY = RevocationDetails(RevocationReason.SUPERSEDED)


def issue(ctx: Context, name: str = "www.example.com") -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))[0]


def own_certificate(ctx: Context, ca: str = "Issuing CA") -> Certificate:
    """Of the CA itself."""
    with ctx.ports.storage.read() as reader:
        found = next(one for one in reader.cas.list_all() if one.name == ca)
        (certificate,) = reader.certificates.list_by_subject_key(reader.issuer_keys.get_current(found.id).id)
    return certificate


def ca_id(ctx: Context, name: str) -> UUID:
    with ctx.ports.storage.read() as reader:
        return next(one.id for one in reader.cas.list_all() if one.name == name)


class TestChanges:
    def test_of_a_ca_hears_who_may_read_that_ca(self, ctx: Context) -> None:
        issuing, root = ca_id(ctx, "Issuing CA"), ca_id(ctx, "Root CA")
        seeing = [
            with_rights(Permission.SELF_READ, Permission.CA_READ, scope=Scope(cas=frozenset({one})))
            for one in (issuing, root)
        ]

        before = change_feed.list_changes_since(ctx, ADMIN, None).position
        suspend_ca(ctx, ADMIN, "Issuing CA")
        told = [change_feed.list_changes_since(ctx, one, before).changes for one in seeing]
        assert [{change.id for change in one} for one in told] == [{str(issuing)}, set()]
        nobody = with_rights(Permission.SELF_READ, Permission.CERTIFICATE_READ)
        assert change_feed.list_changes_since(ctx, nobody, before).changes == ()

    def test_of_a_profile_hears_who_may_read_that_profile(self, ctx: Context) -> None:
        before = change_feed.list_changes_since(ctx, ADMIN, None).position
        profiles.retire(ctx, ADMIN, "tls-client")
        told = []
        for name in ("tls-client", "tls-server"):
            scope = Scope(profiles=frozenset({name}))
            one = with_rights(Permission.SELF_READ, Permission.PROFILE_READ, scope=scope)
            told.append({change.id for change in change_feed.list_changes_since(ctx, one, before).changes})
        assert told == [{"tls-client"}, set()]
        nobody = with_rights(Permission.SELF_READ, Permission.CERTIFICATE_READ)
        assert change_feed.list_changes_since(ctx, nobody, before).changes == ()

    def test_of_certificates_hears_who_may_read_them(self, ctx: Context) -> None:
        before = change_feed.list_changes_since(ctx, ADMIN, None).position
        made = issue(ctx)
        for scope, expected in ((Scope(profiles=frozenset({"tls-server"})), {str(made.id)}), (OTHER_PROFILE, set())):
            one = with_rights(Permission.SELF_READ, Permission.CERTIFICATE_READ, scope=scope)
            assert {change.id for change in change_feed.list_changes_since(ctx, one, before).changes} == expected


class TestBulk:
    @pytest.fixture
    def job(self, ctx: Context) -> UUID:
        row = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("bulk.example.com")}
        job, _ = submit(ctx, ADMIN, BulkAction.ISSUE, [row])
        run_outbox(ctx, build_system_actor("worker"))
        assert len(list(results.read_chains(ctx, ADMIN, job))) == 1
        return job

    @pytest.mark.parametrize("action", list(BulkAction), ids=str)
    def test_it_is_not_taken_from_who_may_do_no_row_of_it(self, ctx: Context, action: BulkAction) -> None:
        """Before its rows are looked at: these are none."""
        permission = KINDS[action].permission
        with pytest.raises(Forbidden, match=permission):
            submit(ctx, but(permission), action, [{}])

    def test_its_file_is_for_who_reads_certificates(self, ctx: Context, job: UUID) -> None:
        with pytest.raises(Forbidden, match="Requires the permission `certificate:read`"):
            results.read_chains(ctx, but(Permission.CERTIFICATE_READ), job)

    @pytest.mark.parametrize("scope", [OTHER_PROFILE, ELSEWHERE], ids=["profile", "ca"])
    def test_its_file_has_what_one_may_read_now(self, ctx: Context, job: UUID, scope: Scope) -> None:
        assert list(results.read_chains(ctx, limited(Permission.CERTIFICATE_READ, scope), job)) == []


IMPORTING: dict[str, Callable[[Context, Actor, ImportCa], object]] = {
    "check": lambda at, who, given: check_import(at, who, given, None, []),
    "import": import_ca,
}


class TestImporting:
    @pytest.mark.parametrize("verb", IMPORTING)
    def test_who_is_limited_to_a_ca_imports_none_and_is_told_of_no_fault(self, ctx: Context, verb: str) -> None:
        """What is given is no CA at all."""
        who, given = limited(Permission.CA_CREATE, ELSEWHERE), ImportCa(name="Root CA", chain="no chain")
        with pytest.raises(Forbidden, match="Requires the permission `ca:create`"):
            IMPORTING[verb](ctx, who, given)


class TestCollecting:
    """By the requester, who has lost something since: refused, and the request stays ready."""

    @pytest.fixture
    def ready(self, ctx: Context) -> tuple[Actor, UUID]:
        requester = acting_user(ctx, Role.ADMINISTRATOR)
        name = AlternativeName.parse("DNS:made.example.com")
        wish = SubmitRequest(
            requested=RequestedContents(sans=(name,)), ca="Issuing CA", profile="tls-server", key_type="ECDSA-P256"
        )
        view, _ = submit_request(ctx, requester, wish)
        assert view.request.enrolment.state is EnrollmentState.READY
        return requester, view.request.enrolment.id

    @pytest.mark.parametrize("permission", [Permission.REQUEST_SUBMIT, Permission.CERTIFICATE_EXPORT_KEY], ids=str)
    @pytest.mark.parametrize("scope", [None, OTHER_PROFILE, ELSEWHERE], ids=["none", "profile", "ca"])
    def test_without_the_right(
        self, ctx: Context, ready: tuple[Actor, UUID], permission: Permission, scope: Scope | None
    ) -> None:
        requester, request = ready
        now = but(permission, who=requester) if scope is None else limited(permission, scope, requester)
        with pytest.raises(Forbidden, match=permission):
            issue_approved.collect(ctx, now, request, "correct horse battery")
        assert request_of(ctx, request).enrolment.state is EnrollmentState.READY
        keyed, _ = issue_approved.collect(ctx, requester, request, "correct horse battery")
        assert keyed.key_file

    def test_by_another_client_than_the_requester(self, ctx: Context, ready: tuple[Actor, UUID]) -> None:
        requester, request = ready
        key = make_key(KEY_TYPES["ECDSA-P256"])
        with pytest.raises(Forbidden, match="Only the requester can collect the key"):
            issue_approved.issue_with_key(ctx, acting_user(ctx, Role.ADMINISTRATOR), request, key)
        assert request_of(ctx, request).enrolment.state is EnrollmentState.READY
        issue_approved.issue_with_key(ctx, requester, request, key)
        assert request_of(ctx, request).enrolment.state is EnrollmentState.ISSUED


def acting_user(ctx: Context, role: Role) -> Actor:
    user = make_user(ctx, role)
    return Actor(
        kind=ActorKind.USER,
        id=user.actor_id,
        name=user.login,
        via="rest",
        grants=list_builtin_grants(role),
        owner_id=user.actor_id,
        user_id=user.id,
    )


def request_of(ctx: Context, request: UUID) -> QueuedRequest:
    with ctx.ports.storage.read() as reader:
        return reader.requests.get(request)


CA_REVOKING: dict[str, Callable[[Context, Actor, Certificate], object]] = {
    "revoke": lambda at, who, one: revoke(at, who, one.id, WHY.reason),
    "by key": lambda at, who, one: revoke_by_key(at, who, one.spki_sha256, WHY),
    "foresee": lambda at, who, one: preview_revocation(at, who, one.id, WHY),
}


class TestRevoking:
    @pytest.mark.parametrize("rules", [False, True], ids=["at once", "by approval"])
    @pytest.mark.parametrize("scope", [None, ELSEWHERE], ids=["none", "ca"])
    @pytest.mark.parametrize("verb", CA_REVOKING)
    def test_a_cas_certificate_needs_the_right_to_revoke_that_ca(
        self, ctx: Context, rules: bool, scope: Scope | None, verb: str
    ) -> None:
        """Also before anybody is asked to approve it."""
        if rules:
            approval_rules.change_rules(ctx, ADMIN, 0, [{"name": "cas", "operation": "ca.revoke"}])
        mine = own_certificate(ctx)
        who = but(Permission.CA_REVOKE) if scope is None else limited(Permission.CA_REVOKE, scope)
        with pytest.raises(Forbidden, match="Requires the permission `ca:revoke`"):
            CA_REVOKING[verb](ctx, who, mine)
        assert own_certificate(ctx).revocation is None

    @pytest.mark.parametrize("scope", [OTHER_PROFILE, ELSEWHERE], ids=["profile", "ca"])
    def test_what_would_be_refused_is_foreseen(self, ctx: Context, scope: Scope) -> None:
        made = issue(ctx)
        with pytest.raises(Forbidden, match="Requires the permission `certificate:revoke`"):
            preview_revocation(ctx, limited(Permission.CERTIFICATE_REVOKE, scope), made.id, WHY)
        blind = with_rights(Permission.CERTIFICATE_REVOKE, Permission.CERTIFICATE_READ, scope=scope)
        with pytest.raises(NotFound, match=r"Certificate .* not found"):
            preview_revocation(ctx, blind, made.id, WHY)
        preview_revocation(ctx, ADMIN, made.id, WHY)


class TestRights:
    def test_who_manages_users_takes_no_factors_from_somebody_mightier(self, ctx: Context) -> None:
        user = make_user(ctx, Role.ADMINISTRATOR)
        helper = with_rights(Permission.USER_MANAGE, Permission.USER_READ)
        with pytest.raises(Forbidden, match="permissions that you do not have"):
            factors.reset_factors(ctx, helper, user.login)
        factors.reset_factors(ctx, ADMIN, user.login)

    def test_who_manages_roles_takes_none_that_is_mightier(self, ctx: Context) -> None:
        user = make_user(ctx, Role.REQUESTER)
        roles.create_role(
            ctx, ADMIN, "reading", RoleRequest(description="", permissions=frozenset({Permission.AUDIT_READ}))
        )
        roles.assign_role(ctx, ADMIN, "reading", user.login)
        with pytest.raises(Forbidden, match="permissions that you do not have"):
            roles.withdraw_role(ctx, with_rights(Permission.ROLE_MANAGE, Permission.ROLE_READ), "reading", user.login)
        roles.withdraw_role(ctx, ADMIN, "reading", user.login)

    def test_an_account_at_a_provider_is_linked_on_a_fresh_proof(self, ctx: Context) -> None:
        stale = replace(acting_user(ctx, Role.REQUESTER), is_fresh=False)
        offered = with_ports(ctx, providers={"corp": object()})
        with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
            oidc.begin(offered, stale, None, "corp", SignInPurpose.LINK)


class TestEditing:
    @pytest.fixture
    def waiting(self, ctx: Context) -> tuple[Actor, QueuedRequest]:
        requester = acting_user(ctx, Role.REQUESTER)
        csr = pem.read(make_csr("www.example.com"), pem.CSR_LABELS, "csr")
        view, _ = submit_request(
            ctx,
            requester,
            SubmitRequest(requested=RequestedContents(), ca="Issuing CA", profile="tls-server", csr_der=csr),
        )
        return requester, view.request

    def edit(self, ctx: Context, actor: Actor, request: QueuedRequest) -> None:
        wish = Edit(before=request.enrolment.plan_sha256, profile="tls-server")
        edit_request(ctx, actor, request.enrolment.id, wish)

    @pytest.mark.parametrize("permission", [Permission.REQUEST_SUBMIT, Permission.REQUEST_APPROVE], ids=str)
    @pytest.mark.parametrize("scope", [None, OTHER_PROFILE, Scope(reach=Reach.OWN)], ids=["none", "profile", "own"])
    def test_anothers_request_needs_both_rights_on_it(
        self,
        ctx: Context,
        waiting: tuple[Actor, QueuedRequest],
        permission: Permission,
        scope: Scope | None,
    ) -> None:
        _, request = waiting
        who = but(permission) if scope is None else limited(permission, scope)
        with pytest.raises(AccessError, match=r"Only the requester or an approver|Requires the permission"):
            self.edit(ctx, who, request)
        self.edit(ctx, ADMIN, request)

    def test_ones_own_needs_the_right_to_submit_it(self, ctx: Context, waiting: tuple[Actor, QueuedRequest]) -> None:
        requester, request = waiting
        for scope in (None, OTHER_PROFILE):
            now = but(Permission.REQUEST_SUBMIT, who=requester)
            if scope is not None:
                now = limited(Permission.REQUEST_SUBMIT, scope, requester)
            with pytest.raises(Forbidden, match=Permission.REQUEST_SUBMIT):
                self.edit(ctx, now, request)
