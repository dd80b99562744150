"""The tables and columns that a backup contains.

A test compares them with the schema, so every new table or column must be added here.
"""

from __future__ import annotations

from collections.abc import Mapping


class Kept:
    """A table in the backup. The values of a row have the order of its columns."""

    def __init__(self, columns: str) -> None:
        self.columns = tuple(columns.split())


class LeftOut:
    """A table that is not in the backup, and thus empty after a restore."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


SCOPE: Mapping[str, Kept | LeftOut] = {
    "acme_accounts": Kept("id token_id jwk thumbprint state contacts created_at changed_at"),
    "acme_authorizations": Kept("id account_id kind value state created_at expires_at validated_at pre_authorized"),
    "acme_challenges": Kept("id authorization_id kind token state validated_at problem_kind problem_detail"),
    "acme_keys": Kept("token_id sealed is_open"),
    "acme_nonces": LeftOut("ends within minutes; a nonce that was used later must not work again"),
    "acme_order_authorizations": Kept("order_id place authorization_id"),
    "acme_orders": Kept(
        "id account_id ca_id profile identifiers not_before not_after created_at expires_at enrolment_id replaces"
    ),
    "approval_groups": Kept("approval_id key"),
    "approval_persons": Kept("approval_id person part actor_id name rules at"),
    "approval_rules": Kept("version body created_by created_at"),
    "approvals": Kept(
        "id operation object_kind object_id request_id body sha256 rules state requested_by requester_name person "
        "team_id created_at changed_at expires_at reason overridden_by"
    ),
    "audit_events": Kept("chain seq segment body hash mac time action actor object_kind object_id via outcome"),
    "audit_heads": Kept("chain seq hash"),
    "blocked_keys": Kept("id spki_sha256 reason comment blocked_by blocked_at certificate_id unblocked_at"),
    "bulk_jobs": Kept("id action requested_by requested_name via rows started created_at"),
    "bulk_rows": Kept("job_id number body state certificate_id code detail"),
    "cas": Kept(
        "id name subject subject_der parent_id state path_length name_constraints not_before not_after created_at "
        "owner_id team_id policies end_entity_certificates"
    ),
    "certificate_names": Kept("certificate_id kind value reversed"),
    "certificate_texts": LeftOut("the text index of certificates, which the worker builds again after a restore"),
    "certificates": Kept(
        "id ca_id issuer_key_id subject_key_id kind profile profile_version serial issuer_name_sha256 subject "
        "sans not_before not_after key_type spki_sha256 fingerprint_sha256 der requested_by owner_id team_id "
        "renews plan_sha256 lint_version created_at standing ignored_extensions"
    ),
    "challenges": LeftOut("a passkey ceremony under way, which ends within minutes"),
    "cmp_transactions": Kept(
        "id client transaction_id body_type request_number enrollment_id state implicit_confirm nonce created_at "
        "expires_at"
    ),
    "count_changes": Kept("id issued_day ca_id profile key_type owner_id team_id state end_day revoked_day number"),
    "count_groups": Kept("issued_day ca_id profile key_type owner_id team_id state end_day revoked_day number"),
    "count_totals": Kept("measure bucket state ca_id profile key_type number"),
    "crls": Kept("id issuer_key_id number base_number this_update next_update entries der created_at shard"),
    "device_sign_ins": LeftOut("a sign-in under way, which ends within minutes"),
    "enrollment_credentials": Kept(
        "token_id protocol single_use device_count pre_authorized legacy_algorithms validator ra_certificate_id "
        "secret_sha256 sealed enrollment_id used_at"
    ),
    "enrollment_devices": Kept("token_id identity device"),
    "enrollment_exchanges": Kept("exchange_sha256 enrollment_id created_at"),
    "enrolments": Kept(
        "id state ca_id profile profile_version plan_json plan_sha256 requested_by via owner_id team_id "
        "created_at changed_at serial issuer_key_id tbs_der signature_algorithm lint_version node deadline "
        "certificate_id reason renews application risks requester_name expires_at approval_id"
    ),
    "idempotency": Kept("actor_id operation key body_sha256 object_id created_at"),
    "identities": Kept("id user_id issuer subject by_rules suspended created_at last_used_at"),
    "identity_grants": Kept("identity_id kind name"),
    "invitations": LeftOut("a one-time link that was used or withdrawn later must not work again"),
    "issuer_keys": Kept(
        "id ca_id number backend backend_key_id key_type signature_algorithm state spki_der spki_sha256 "
        "subject_key_identifier name_hash_sha1 name_hash_sha256 key_hash_sha1 key_hash_sha256 ocsp_key_id crl_url "
        "ocsp_url certificate_url crl_number created_at switch_at cross_certify crl_shards"
    ),
    "jobs": Kept("id kind payload state run_at tries last_error created_at changed_at lease_until coalesce"),
    "key_intents": Kept("id backend key_type is_known requested_by node created_at deadline given_up"),
    "meta": Kept("key value"),
    "oidc_flows": LeftOut("a sign-in under way, which ends within minutes"),
    "passkeys": Kept("id user_id credential_id public_key sign_count name created_at last_used_at"),
    "profiles": Kept("name version body state created_at"),
    "published_stores": LeftOut("which hosts followed the database; restored hosts register again"),
    "recovery_codes": Kept("user_id code_hash"),
    "releases": Kept("issuer_key_id serial time"),
    "request_comments": Kept("id request_id by name at text"),
    "revocations": Kept(
        "issuer_key_id serial certificate_id reason time invalidity_date not_after dropped changed_at entry_der shard"
    ),
    "role_holders": Kept("user_id role"),
    "roles": Kept("name version description permissions scope state created_at"),
    "scheduler_lease": LeftOut("which process led; the first one after a restore takes the lead"),
    "search_queue": LeftOut("certificates that wait for the text index; a restore queues all of them"),
    "service_accounts": Kept("id name role user_id team_id state created_by created_at"),
    "sessions": LeftOut("a session that was ended later must not come back; users sign in again"),
    "status_changes": Kept("revision position subject issuer_key_id serial shard"),
    "team_members": Kept("user_id team_id"),
    "teams": Kept("id name created_by created_at"),
    "throttle": LeftOut("failed attempts shortly before the backup"),
    "tokens": Kept(
        "id token_sha256 name prefix role created_by created_at expires_at revoked_at last_used_at owner_id "
        "team_id permissions scope old_sha256 old_until rotated_by"
    ),
    "totp": Kept("user_id sealed last_step confirmed_at"),
    "users": Kept("id login display_name email state role password created_by created_at last_sign_in_at origin"),
}
