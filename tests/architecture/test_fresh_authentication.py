"""Which permissions need recent authentication: each is decided here, with its reason."""

from __future__ import annotations

import pytest

from pki_manager.domain.errors import FreshAuthenticationRequired
from pki_manager.domain.rights.permission import DANGEROUS, Permission
from pki_manager.protocols.rest.app import create_rest

P = Permission

FRESH = {
    P.CA_CREATE: "creates a CA, or imports one with its key",
    P.CA_CROSS_SIGN: "creates a CA certificate, for a key that may be anywhere",
    P.CA_INSTALL: "decides which certificate a CA acts with",
    P.CA_REVOKE: "cannot be undone",
    P.CA_ROTATE: "creates the key that signs next",
    P.CERTIFICATE_EXPORT_KEY: "hands out a private key",
    P.KEY_CREATE: "creates a CA key in a backend",
    P.KEY_DESTROY: "cannot be undone",
    P.PROFILE_CREATE: "decides what certificates may contain from now on",
    P.PROFILE_UPDATE: "decides what certificates may contain from now on",
    P.PROFILE_RETIRE: "cannot be undone",
    P.USER_MANAGE: "creates users, service accounts, and links to sign in with",
    P.TEAM_MANAGE: "decides who sees and manages a team's certificates and tokens",
    P.TOKEN_CREATE: "creates API tokens and EAB keys, which outlive the session, its password and its factors",
    P.AUDIT_ACCEPT: "decides that missing audit events are not looked for any more",
    P.BACKUP_CREATE: "copies every key and every record",
    P.CLOCK_ACCEPT: "decides by which clock signing goes on",
    P.SELF_SECURE: "decides what the user signs in with",
    P.ROLE_MANAGE: "decides what others can do",
    P.APPROVAL_MANAGE: "decides which operations one person can do alone",
    P.APPROVAL_OVERRIDE: "replaces the approval of others",
}

NOT_FRESH = {
    P.CA_READ: "reads",
    P.CA_CONTROL: "suspending must be quick; resuming and retiring demand it themselves",
    P.CERTIFICATE_READ: "reads",
    P.CERTIFICATE_ISSUE: "daily work, within profiles, and each certificate can be revoked",
    P.CERTIFICATE_RELEASE: "no more than issuing the certificate again",
    P.CERTIFICATE_REVOKE: "must be quick",
    P.CERTIFICATE_DELETE: "removes the record of an expired certificate",
    P.REQUEST_READ: "reads",
    P.REQUEST_SUBMIT: "asks only",
    P.REQUEST_APPROVE: "daily work, no more than issuing the certificate",
    P.APPROVAL_READ: "reads",
    P.APPROVAL_APPROVE: "rejecting must be quick; approving an operation demands it itself",
    P.BULK_RUN: "each row needs the permission of its own action",
    P.CRL_READ: "reads",
    P.CRL_PUBLISH: "publishes what is true",
    P.PROFILE_READ: "reads",
    P.KEY_READ: "reads",
    P.KEY_BLOCK: "must be quick",
    P.USER_READ: "reads",
    P.TEAM_READ: "reads",
    P.ROLE_READ: "reads",
    P.SESSION_CREATE: "is the authentication",
    P.SESSION_READ: "reads",
    P.SESSION_REVOKE: "must be quick",
    P.TOKEN_READ: "reads",
    P.TOKEN_REVOKE: "must be quick",
    P.JOB_READ: "reads",
    P.JOB_CONTROL: "retries or cancels work that was decided before",
    P.AUDIT_READ: "reads",
    P.METRICS_READ: "reads",
    P.SETTING_READ: "reads",
    P.STATUS_READ: "reads",
    P.SELF_READ: "reads",
    P.SELF_UPDATE: "changing the password takes the current one; the rest ends sessions",
    P.TOOLS_USE: "changes nothing",
}

OPERATIONS = {
    *("resume_ca", "retire_ca", "approve", "upload_crl"),
    *("start_oidc_sign_in", "issue_certificate", "rekey_certificate"),
}
"""Operations that require it although their permission does not. The last three link an account or add a key."""


@pytest.mark.parametrize("permission", sorted(Permission))
def test_each_permission_is_decided_with_its_reason(permission: Permission) -> None:
    assert (permission in FRESH) is (permission in DANGEROUS)
    assert (permission in NOT_FRESH) is (permission not in DANGEROUS)


def test_each_operation_declares_whether_it_needs_recent_authentication() -> None:
    document = create_rest(lambda: pytest.fail("the document needs no authority")).openapi()
    declared = [one for operations in document["paths"].values() for one in operations.values()]
    telling = {one["operationId"] for one in declared if FreshAuthenticationRequired.code in one["x-error-codes"]}
    needing = {one["operationId"] for one in declared if Permission(one["x-permission"]) in DANGEROUS}
    assert telling == needing | OPERATIONS
