"""One method for each operation of the REST API.

Generated from the OpenAPI document by `make generate`. Do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pki_manager_client import models
from pki_manager_client.core import Core


class Operations(Core):
    """The operations of the REST API."""

    def list_acme_accounts(self, *, cursor: str | None = None, limit: int | None = None) -> models.AcmeAccountPage:
        """List the ACME accounts that you can see, newest first.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `token:read`.
        """
        return cast(
            "models.AcmeAccountPage",
            self.send("GET", "/acme/accounts", query={"cursor": cursor, "limit": limit}).json(),
        )

    def iterate_acme_accounts(self) -> Iterator[models.AcmeAccount]:
        """Return an iterator over all pages of `list_acme_accounts`."""
        return cast("Iterator[models.AcmeAccount]", self.iterate("/acme/accounts", {}))

    def get_acme_account(self, account: str) -> models.AcmeAccount:
        """Return an ACME account with its contacts and the token that it acts as.

        Requires the permission `token:read`.
        """
        return cast("models.AcmeAccount", self.send("GET", f"/acme/accounts/{self.quote(account)}").json())

    def revoke_acme_account(self, account: str, *, idempotency_key: str | None = None) -> models.AcmeAccount:
        """Revoke an ACME account permanently. It can no longer request or revoke certificates.

        Its certificates remain valid. Other clients can still register with its EAB key: revoke the token to prevent
        that. Can be repeated.

        Requires the permission `token:revoke`.
        """
        return cast(
            "models.AcmeAccount",
            self.send(
                "POST", f"/acme/accounts/{self.quote(account)}/revoke", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def create_eab_key(self, body: models.EabKeyBody, *, idempotency_key: str | None = None) -> models.NewEabKey:
        """Create a key for external account binding (EAB), and the token that its ACME accounts act as.

        The token has at most your own permissions and no secret. The HMAC key is returned only once. To end the
        accounts, revoke the token.

        Requires the permission `token:create`.
        """
        return cast(
            "models.NewEabKey",
            self.send("POST", "/acme/eab-keys", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def list_approvals(
        self,
        *,
        state: models.ApprovalState | None = None,
        mine: bool | None = None,
        needs_my_approval: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.ApprovalPage:
        """List approvals, newest first, including those of certificate requests. Filters are combined with AND.

        `mine`: Whether to return only approvals that you requested. `needs_my_approval`: Whether to return only
        approvals that you can approve and have not approved yet. `cursor`: `next_cursor` of the previous page. Default:
        the first page. `limit`: Maximum number of items.

        Requires the permission `approval:read`.
        """
        return cast(
            "models.ApprovalPage",
            self.send(
                "GET",
                "/approvals",
                query={
                    "state": state,
                    "mine": mine,
                    "needs_my_approval": needs_my_approval,
                    "cursor": cursor,
                    "limit": limit,
                },
            ).json(),
        )

    def iterate_approvals(
        self,
        *,
        state: models.ApprovalState | None = None,
        mine: bool | None = None,
        needs_my_approval: bool | None = None,
    ) -> Iterator[models.Approval]:
        """Return an iterator over all pages of `list_approvals`."""
        return cast(
            "Iterator[models.Approval]",
            self.iterate("/approvals", {"state": state, "mine": mine, "needs_my_approval": needs_my_approval}),
        )

    def get_approval_rules(self, *, version: int | None = None) -> models.ApprovalRules:
        """Return the approval rules: the newest version, or the one set by `version`.

        Requires the permission `approval:read`.
        """
        return cast("models.ApprovalRules", self.send("GET", "/approvals/rules", query={"version": version}).json())

    def change_approval_rules(self, body: models.ApprovalRulesBody) -> models.ApprovalRules:
        """Replace all approval rules with a new version.

        If rules exist, the change itself requires approval and the response is 202. After it is approved, send the same
        request again.

        Requires the permission `approval:manage`.
        """
        return cast("models.ApprovalRules", self.send("PUT", "/approvals/rules", body=body).json())

    def get_approval(self, approval: str) -> models.Approval:
        """Return an approval with the decisions so far and the current consequences of the operation.

        Requires the permission `approval:read`.
        """
        return cast("models.Approval", self.send("GET", f"/approvals/{self.quote(approval)}").json())

    def approve(
        self, approval: str, body: models.ApprovalBody, *, idempotency_key: str | None = None
    ) -> models.Approval:
        """Approve exactly the operation with this hash. The requester then sends the same request again to run it.

        Returns 409 if the operation has changed since you read it.

        Requires the permission `approval:approve`.
        """
        return cast(
            "models.Approval",
            self.send(
                "POST",
                f"/approvals/{self.quote(approval)}/approve",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def cancel_approval(self, approval: str, *, idempotency_key: str | None = None) -> models.Approval:
        """Cancel an operation that waits for approval. Only the requester can do this.

        Requires the permission `approval:approve`.
        """
        return cast(
            "models.Approval",
            self.send(
                "POST", f"/approvals/{self.quote(approval)}/cancel", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def override_approval(
        self, approval: str, body: models.OverrideBody, *, idempotency_key: str | None = None
    ) -> models.Approval:
        """Override missing approvals (break-glass). A reason is required and recorded in the audit log as critical.

        Requires the permission `approval:override`.
        """
        return cast(
            "models.Approval",
            self.send(
                "POST",
                f"/approvals/{self.quote(approval)}/override",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def reject_approval(
        self, approval: str, body: models.ReasonBody, *, idempotency_key: str | None = None
    ) -> models.Approval:
        """Reject an operation permanently. A reason is required and shown to the requester.

        Requires the permission `approval:approve`.
        """
        return cast(
            "models.Approval",
            self.send(
                "POST",
                f"/approvals/{self.quote(approval)}/reject",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def withdraw_approval(self, approval: str, *, idempotency_key: str | None = None) -> models.Approval:
        """Withdraw your own approval. Possible until the operation runs.

        Requires the permission `approval:approve`.
        """
        return cast(
            "models.Approval",
            self.send(
                "POST", f"/approvals/{self.quote(approval)}/withdraw", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def list_audit(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        query: str | None = None,
        action: str | None = None,
        actor: str | None = None,
        object_id: str | None = None,
        via: str | None = None,
        outcome: models.Outcome | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> models.AuditPage:
        """List audit events, newest first. Filters are combined with AND.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.
        `query`: Words that must all occur in an event: part of its action or actor, its outcome, the start of its
        object's ID. `a|b` matches either part. At most 10 words, for example `certificate revoked carol`. `actor`: ID
        of the actor. `via`: Interface of the event, for example `rest` or `cli`.

        Requires the permission `audit:read`.
        """
        return cast(
            "models.AuditPage",
            self.send(
                "GET",
                "/audit",
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "query": query,
                    "action": action,
                    "actor": actor,
                    "object_id": object_id,
                    "via": via,
                    "outcome": outcome,
                    "since": since,
                    "until": until,
                },
            ).json(),
        )

    def iterate_audit(
        self,
        *,
        query: str | None = None,
        action: str | None = None,
        actor: str | None = None,
        object_id: str | None = None,
        via: str | None = None,
        outcome: models.Outcome | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Iterator[models.AuditEvent]:
        """Return an iterator over all pages of `list_audit`."""
        return cast(
            "Iterator[models.AuditEvent]",
            self.iterate(
                "/audit",
                {
                    "query": query,
                    "action": action,
                    "actor": actor,
                    "object_id": object_id,
                    "via": via,
                    "outcome": outcome,
                    "since": since,
                    "until": until,
                },
            ),
        )

    def export_audit(
        self,
        *,
        format: models.AuditFormat,
        query: str | None = None,
        action: str | None = None,
        actor: str | None = None,
        object_id: str | None = None,
        via: str | None = None,
        outcome: models.Outcome | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> bytes:
        """Export audit events as a file.

        `jsonl` holds all events of a period in segments that can be verified offline. `csv` holds the events that match
        the filters, newest first, and cannot be verified.

        `query`: Words that must all occur in an event: part of its action or actor, its outcome, the start of its
        object's ID. `a|b` matches either part. At most 10 words, for example `certificate revoked carol`. `actor`: ID
        of the actor. `via`: Interface of the event, for example `rest` or `cli`.

        Requires the permission `audit:read`.
        """
        return self.send(
            "GET",
            "/audit/export",
            query={
                "format": format,
                "query": query,
                "action": action,
                "actor": actor,
                "object_id": object_id,
                "via": via,
                "outcome": outcome,
                "since": since,
                "until": until,
            },
            accept="*/*",
        ).content

    def verify_audit(self) -> models.AuditReport:
        """Verify every chain of the audit log, and compare it with every signed checkpoint. Returns each problem found.

        Requires the permission `audit:read`.
        """
        return cast("models.AuditReport", self.send("GET", "/audit/verify").json())

    def list_backends(self) -> models.BackendPage:
        """List the configured key backends. For an unavailable backend, the reason is included.

        Requires the permission `ca:read`.
        """
        return cast("models.BackendPage", self.send("GET", "/backends").json())

    def iterate_backends(self) -> Iterator[models.Backend]:
        """Return an iterator over all pages of `list_backends`."""
        return cast("Iterator[models.Backend]", self.iterate("/backends", {}))

    def get_backend(self, name: str) -> models.Backend:
        """Return a key backend with the state of its last regular check.

        Requires the permission `ca:read`.
        """
        return cast("models.Backend", self.send("GET", f"/backends/{self.quote(name)}").json())

    def check_backend(self, name: str) -> models.Backend:
        """Check a key backend now, including each key that this installation holds in it.

        The warnings in the response say what to repair.

        Requires the permission `key:read`.
        """
        return cast("models.Backend", self.send("POST", f"/backends/{self.quote(name)}/check").json())

    def list_cas(self, *, cursor: str | None = None, limit: int | None = None) -> models.CaPage:
        """List CAs, oldest first.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `ca:read`.
        """
        return cast("models.CaPage", self.send("GET", "/cas", query={"cursor": cursor, "limit": limit}).json())

    def iterate_cas(self) -> Iterator[models.Ca]:
        """Return an iterator over all pages of `list_cas`."""
        return cast("Iterator[models.Ca]", self.iterate("/cas", {}))

    def create_ca(self, body: models.CaBody, *, idempotency_key: str | None = None) -> models.Ca:
        """Create a CA. Generates its key in a key backend and issues its certificate, self-signed if no parent is set.

        With `external_parent`, the CA stays pending until its certificate is installed.

        Requires the permission `ca:create`.
        """
        return cast(
            "models.Ca", self.send("POST", "/cas", body=body, once=True, idempotency_key=idempotency_key).json()
        )

    def import_ca(self, body: models.ImportBody, *, idempotency_key: str | None = None) -> models.Ca:
        """Import a CA that exists elsewhere as an external CA, with the entries of its last CRL.

        Import its certificates with a bulk job (`action=import`), and its key with `take-over`. Nothing is published
        until the key is imported.

        Requires the permission `ca:create`.
        """
        return cast(
            "models.Ca", self.send("POST", "/cas/import", body=body, once=True, idempotency_key=idempotency_key).json()
        )

    def check_import(self, body: models.CheckImportBody) -> models.ImportCheck:
        """Check an import without changing anything. Returns every problem of the CA, of its key, and of each row.

        Requires the permission `ca:create`.
        """
        return cast("models.ImportCheck", self.send("POST", "/cas/import/check", body=body).json())

    def preview_ca(self, body: models.CaBody) -> models.CertificatePreview:
        """Return the certificate that creating this CA would issue, with its lint findings. Creates nothing.

        Requires the permission `ca:read`.
        """
        return cast("models.CertificatePreview", self.send("POST", "/cas/preview", body=body).json())

    def get_ca(self, ca: str) -> models.Ca:
        """Return a CA with its keys and certificates.

        Requires the permission `ca:read`.
        """
        return cast("models.Ca", self.send("GET", f"/cas/{self.quote(ca)}").json())

    def cancel_rotation(self, ca: str, *, idempotency_key: str | None = None) -> models.Ca:
        """Cancel a key rotation before its activation time.

        The certificates of the next key are revoked, and the key is retired.

        Requires the permission `ca:rotate`.
        """
        return cast(
            "models.Ca",
            self.send(
                "POST", f"/cas/{self.quote(ca)}/cancel-rotation", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def install_ca_certificate(self, ca: str, body: models.InstallBody) -> models.Ca:
        """Install the certificate that an external parent CA issued, with its chain.

        The certification path is validated first (RFC 5280 §6.1). The CA can then issue certificates.

        Requires the permission `ca:install`.
        """
        return cast("models.Ca", self.send("PUT", f"/cas/{self.quote(ca)}/certificate", body=body).json())

    def get_ca_chain(self, ca: str) -> models.Chain:
        """Return the certificate chain of a CA: its own certificate first, the root last.

        With `Accept: application/x-pem-file`, the response is the PEM file.

        Requires the permission `ca:read`.
        """
        return cast("models.Chain", self.send("GET", f"/cas/{self.quote(ca)}/chain").json())

    def list_crls(self, ca: str, *, cursor: str | None = None, limit: int | None = None) -> models.CrlPage:
        """List the CRLs of all keys of a CA, newest first.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `crl:read`.
        """
        return cast(
            "models.CrlPage",
            self.send("GET", f"/cas/{self.quote(ca)}/crls", query={"cursor": cursor, "limit": limit}).json(),
        )

    def iterate_crls(self, ca: str) -> Iterator[models.Crl]:
        """Return an iterator over all pages of `list_crls`."""
        return cast("Iterator[models.Crl]", self.iterate(f"/cas/{self.quote(ca)}/crls", {}))

    def publish_crl(self, ca: str, *, idempotency_key: str | None = None) -> models.Crl:
        """Sign and publish a new CRL now.

        Requires the permission `crl:publish`.
        """
        return cast(
            "models.Crl",
            self.send("POST", f"/cas/{self.quote(ca)}/crls", once=True, idempotency_key=idempotency_key).json(),
        )

    def get_current_crl(self, ca: str) -> models.Crl:
        """Return the current CRL of a CA key.

        Requires the permission `crl:read`.
        """
        return cast("models.Crl", self.send("GET", f"/cas/{self.quote(ca)}/crls/current").json())

    def export_current_crl(self, ca: str, *, format: models.CrlFormat) -> bytes:
        """Return the current CRL of a CA key as a file, in PEM or DER.

        Requires the permission `crl:read`.
        """
        return self.send(
            "GET", f"/cas/{self.quote(ca)}/crls/current/export", query={"format": format}, accept="*/*"
        ).content

    def upload_crl(self, ca: str, body: models.CrlBody) -> models.Crl:
        """Publish a CRL that was signed elsewhere, for an external CA such as an offline root CA.

        The issuer, signature, number, dates, and distribution point of the CRL are checked first. Uploading the same
        CRL again changes nothing.

        Requires the permission `crl:publish`.
        """
        return cast("models.Crl", self.send("PUT", f"/cas/{self.quote(ca)}/crls/external", body=body).json())

    def get_crl(self, ca: str, crl: str) -> models.Crl:
        """Return a CRL of a CA by its ID.

        Requires the permission `crl:read`.
        """
        return cast("models.Crl", self.send("GET", f"/cas/{self.quote(ca)}/crls/{self.quote(crl)}").json())

    def export_crl(self, ca: str, crl: str, *, format: models.CrlFormat) -> bytes:
        """Return a CRL as a file, in PEM or DER.

        Requires the permission `crl:read`.
        """
        return self.send(
            "GET", f"/cas/{self.quote(ca)}/crls/{self.quote(crl)}/export", query={"format": format}, accept="*/*"
        ).content

    def cross_sign(
        self, ca: str, body: models.CrossSignBody, *, idempotency_key: str | None = None
    ) -> models.Certificate:
        """Issue a certificate for the current key of another CA of this installation, or for the CSR of an external CA.

        Requires the permission `ca:cross-sign`.
        """
        return cast(
            "models.Certificate",
            self.send(
                "POST", f"/cas/{self.quote(ca)}/cross-sign", body=body, once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def request_ca_certificate(self, ca: str, *, idempotency_key: str | None = None) -> models.CaRequest:
        """Create a PKCS #10 request for an external parent CA.

        It is for the next key of the CA if there is one, else for the current key.

        Requires the permission `ca:install`.
        """
        return cast(
            "models.CaRequest",
            self.send("POST", f"/cas/{self.quote(ca)}/csr", once=True, idempotency_key=idempotency_key).json(),
        )

    def resume_ca(self, ca: str, *, idempotency_key: str | None = None) -> models.Ca:
        """Resume a suspended CA. It can issue certificates again.

        Requires the permission `ca:control`.
        """
        return cast(
            "models.Ca",
            self.send("POST", f"/cas/{self.quote(ca)}/resume", once=True, idempotency_key=idempotency_key).json(),
        )

    def retire_ca(self, ca: str, *, idempotency_key: str | None = None) -> models.Ca:
        """Retire a CA permanently. It stops issuing. CRLs and OCSP continue until its certificates have expired.

        Requires the permission `ca:control`.
        """
        return cast(
            "models.Ca",
            self.send("POST", f"/cas/{self.quote(ca)}/retire", once=True, idempotency_key=idempotency_key).json(),
        )

    def revoke_ca(self, ca: str, body: models.RevocationBody, *, idempotency_key: str | None = None) -> models.Ca:
        """Revoke a CA. Its certificates are added to the parent's CRL. The CA and its subordinate CAs stop issuing.

        Requires the permission `ca:revoke`.
        """
        return cast(
            "models.Ca",
            self.send(
                "POST", f"/cas/{self.quote(ca)}/revoke", body=body, once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def rotate_ca(self, ca: str, body: models.RotationBody, *, idempotency_key: str | None = None) -> models.Ca:
        """Rotate the key of a CA. The next key becomes the current key immediately, or at `switch_at`.

        The old key keeps signing CRLs and OCSP responses for the certificates that it issued.

        Requires the permission `ca:rotate`.
        """
        return cast(
            "models.Ca",
            self.send(
                "POST", f"/cas/{self.quote(ca)}/rotate", body=body, once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def suspend_ca(self, ca: str, *, idempotency_key: str | None = None) -> models.Ca:
        """Suspend a CA. It issues no certificates until it is resumed. CRLs and OCSP continue.

        Requires the permission `ca:control`.
        """
        return cast(
            "models.Ca",
            self.send("POST", f"/cas/{self.quote(ca)}/suspend", once=True, idempotency_key=idempotency_key).json(),
        )

    def take_over_ca(self, ca: str, body: models.TakeOverBody, *, idempotency_key: str | None = None) -> models.Ca:
        """Import the key of an external CA, so that this installation issues its certificates, CRLs, and OCSP
        responses.

        Requires the permission `ca:create`.
        """
        return cast(
            "models.Ca",
            self.send(
                "POST", f"/cas/{self.quote(ca)}/take-over", body=body, once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def list_certificates(
        self,
        *,
        ca: str | None = None,
        profile: str | None = None,
        state: models.CertificateState | None = None,
        query: str | None = None,
        expires_before: str | None = None,
        expires_from: str | None = None,
        issued_from: str | None = None,
        issued_before: str | None = None,
        revoked_from: str | None = None,
        revoked_before: str | None = None,
        key: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.CertificatePage:
        """List certificates, newest first. Filters are combined with AND.

        `ca`: ID or name of the issuing CA. `query`: Any part of a name, of the subject, or of the serial number, or a
        fingerprint. Fewer than three characters match the start of a name. `key`: ID of the CA key that signed the
        certificate. `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of
        items.

        Requires the permission `certificate:read`.
        """
        return cast(
            "models.CertificatePage",
            self.send(
                "GET",
                "/certificates",
                query={
                    "ca": ca,
                    "profile": profile,
                    "state": state,
                    "query": query,
                    "expires_before": expires_before,
                    "expires_from": expires_from,
                    "issued_from": issued_from,
                    "issued_before": issued_before,
                    "revoked_from": revoked_from,
                    "revoked_before": revoked_before,
                    "key": key,
                    "cursor": cursor,
                    "limit": limit,
                },
            ).json(),
        )

    def iterate_certificates(
        self,
        *,
        ca: str | None = None,
        profile: str | None = None,
        state: models.CertificateState | None = None,
        query: str | None = None,
        expires_before: str | None = None,
        expires_from: str | None = None,
        issued_from: str | None = None,
        issued_before: str | None = None,
        revoked_from: str | None = None,
        revoked_before: str | None = None,
        key: str | None = None,
    ) -> Iterator[models.Certificate]:
        """Return an iterator over all pages of `list_certificates`."""
        return cast(
            "Iterator[models.Certificate]",
            self.iterate(
                "/certificates",
                {
                    "ca": ca,
                    "profile": profile,
                    "state": state,
                    "query": query,
                    "expires_before": expires_before,
                    "expires_from": expires_from,
                    "issued_from": issued_from,
                    "issued_before": issued_before,
                    "revoked_from": revoked_from,
                    "revoked_before": revoked_before,
                    "key": key,
                },
            ),
        )

    def issue_certificate(
        self, body: models.CertificateBody, *, idempotency_key: str | None = None
    ) -> models.KeyedCertificate | models.Certificate:
        """Issue a certificate from a CSR, or generate its key with `key_type`.

        A generated key is returned only once, encrypted with `passphrase`.

        Requires the permission `certificate:issue`.
        """
        return cast(
            "models.KeyedCertificate | models.Certificate",
            self.send("POST", "/certificates", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def submit_bulk(
        self,
        content: bytes,
        media_type: str,
        *,
        action: models.BulkAction,
        ca: str | None = None,
        profile: str | None = None,
        validity: str | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.BulkJob:
        """Issue, renew, revoke, export, or import certificates by the rows of a file: CSV with a header line, or
        NDJSON.

        All rows are validated first. If a row is invalid, nothing is changed and the error names the row.

        Fields to issue: `csr`, `ca`, `profile`, `subject`, `sans` (separated by spaces), `validity`. To renew:
        `certificate`, `validity`. To revoke: `certificate`, `reason`, `invalidity_date`. To export: `certificate`. To
        import certificates of an external CA: `ca`, `certificate`, `profile`, and for revoked certificates
        `serial_number`, `revoked_at`, `reason`, `invalidity_date`, `expires_at`. Every action accepts `reference`, your
        own identifier, which is returned with the result of the row.

        `ca`: Default value for rows without this field. `profile`: Default value for rows without this field.
        `validity`: Default value for rows without this field. `reason`: Default value for rows without this field.

        Requires the permission `bulk:run`.
        """
        return cast(
            "models.BulkJob",
            self.send(
                "POST",
                "/certificates/bulk",
                content=content,
                media_type=media_type,
                query={"action": action, "ca": ca, "profile": profile, "validity": validity, "reason": reason},
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def get_bulk(self, job: str) -> models.BulkJob:
        """Return the progress of a bulk job. Cancel and retry it at `/jobs/{job}`.

        Requires the permission `bulk:run`.
        """
        return cast("models.BulkJob", self.send("GET", f"/certificates/bulk/{self.quote(job)}").json())

    def get_bulk_file(self, job: str, *, format: models.CertificateFormat | None = None) -> bytes:
        """Return a ZIP archive with one file for each completed row, named by row number and serial number.

        `format` is `pem`, `der`, `chain`, `fullchain`, or `p7b`.

        Requires the permission `bulk:run`.
        """
        return self.send(
            "GET", f"/certificates/bulk/{self.quote(job)}/file", query={"format": format}, accept="*/*"
        ).content

    def list_bulk_rows(
        self, job: str, *, state: models.BulkRowState | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.BulkRowPage:
        """List the result of each row, in the order of the file.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `bulk:run`.
        """
        return cast(
            "models.BulkRowPage",
            self.send(
                "GET",
                f"/certificates/bulk/{self.quote(job)}/rows",
                query={"state": state, "cursor": cursor, "limit": limit},
            ).json(),
        )

    def iterate_bulk_rows(self, job: str, *, state: models.BulkRowState | None = None) -> Iterator[models.BulkRow]:
        """Return an iterator over all pages of `list_bulk_rows`."""
        return cast(
            "Iterator[models.BulkRow]", self.iterate(f"/certificates/bulk/{self.quote(job)}/rows", {"state": state})
        )

    def revoke_by_key(
        self, body: models.RevocationByKeyBody, *, idempotency_key: str | None = None
    ) -> models.RevokedByKey:
        """Revoke every unexpired certificate of one public key, from all CAs. If one of them cannot be revoked, none
        is.

        Requires the permission `certificate:revoke`.
        """
        return cast(
            "models.RevokedByKey",
            self.send(
                "POST", "/certificates/revoke-by-key", body=body, once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def delete_certificate(self, certificate: str) -> None:
        """Delete an expired certificate. If it was revoked, CRLs and OCSP continue to report it for as long as
        required.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:delete`.
        """
        self.send("DELETE", f"/certificates/{self.quote(certificate)}")

    def get_certificate(self, certificate: str) -> models.Certificate:
        """Return a certificate by ID or serial number.

        Returns 409 if several CAs issued a certificate with this serial number. Use the ID then.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:read`.
        """
        return cast("models.Certificate", self.send("GET", f"/certificates/{self.quote(certificate)}").json())

    def get_certificate_chain(self, certificate: str) -> models.Chain:
        """Return the chain of a certificate: the certificate first, the root last.

        With `Accept: application/x-pem-file`, the response is the PEM file.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:read`.
        """
        return cast("models.Chain", self.send("GET", f"/certificates/{self.quote(certificate)}/chain").json())

    def export_certificate(
        self, certificate: str, *, format: models.CertificateFormat, legacy: bool | None = None
    ) -> bytes:
        """Return a certificate as a file. `chain` includes the chain up to the root, `fullchain` the same without the
        root.

        `p12` and `jks` (a truststore of the CA certificates) contain no private key. Their password is `changeit`.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons. `legacy`: Whether to encrypt `p12` with 3DES and SHA-1, for software from before 2018. Default: `false`.

        Requires the permission `certificate:read`.
        """
        return self.send(
            "GET",
            f"/certificates/{self.quote(certificate)}/export",
            query={"format": format, "legacy": legacy},
            accept="*/*",
        ).content

    def hold_certificate(self, certificate: str, *, idempotency_key: str | None = None) -> models.Certificate:
        """Revoke a certificate temporarily (`certificateHold`, RFC 5280 §5.3.1).

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:revoke`.
        """
        return cast(
            "models.Certificate",
            self.send(
                "POST", f"/certificates/{self.quote(certificate)}/hold", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def rekey_certificate(
        self, certificate: str, body: models.RekeyBody, *, idempotency_key: str | None = None
    ) -> models.KeyedCertificate | models.Certificate:
        """Issue a new certificate with the same names and a new key: the key of a CSR, or one that is generated.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:issue`.
        """
        return cast(
            "models.KeyedCertificate | models.Certificate",
            self.send(
                "POST",
                f"/certificates/{self.quote(certificate)}/rekey",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def release_certificate(self, certificate: str, *, idempotency_key: str | None = None) -> models.Certificate:
        """Release a certificate from hold. It is valid again. A permanent revocation cannot be undone.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:release`.
        """
        return cast(
            "models.Certificate",
            self.send(
                "POST", f"/certificates/{self.quote(certificate)}/release", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def renew_certificate(
        self, certificate: str, body: models.RenewalBody, *, idempotency_key: str | None = None
    ) -> models.Certificate:
        """Issue a new certificate for the same key and names, by the newest version of the profile.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:issue`.
        """
        return cast(
            "models.Certificate",
            self.send(
                "POST",
                f"/certificates/{self.quote(certificate)}/renew",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def revoke_certificate(
        self, certificate: str, body: models.RevocationBody, *, idempotency_key: str | None = None
    ) -> models.Certificate:
        """Revoke a certificate permanently. OCSP and the CRL report the revocation within seconds.

        A certificate on hold becomes permanently revoked. A revoked certificate can be revoked again for key
        compromise. Revoking the certificate of a CA revokes the CA.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:revoke`.
        """
        return cast(
            "models.Certificate",
            self.send(
                "POST",
                f"/certificates/{self.quote(certificate)}/revoke",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def get_certificate_status(self, certificate: str) -> models.CertificateStatus:
        """Return the published OCSP and CRL status of a certificate, and whether it matches the database. Signs
        nothing.

        `certificate`: ID or serial number. The serial number in hex or decimal, in upper or lower case, with or without
        colons.

        Requires the permission `certificate:read`.
        """
        return cast(
            "models.CertificateStatus", self.send("GET", f"/certificates/{self.quote(certificate)}/status").json()
        )

    def get_clock(self) -> models.ClockState:
        """Return whether this host's clock is plausible, and the time of the newest signature.

        Requires the permission `status:read`.
        """
        return cast("models.ClockState", self.send("GET", "/clock").json())

    def accept_clock(self, *, idempotency_key: str | None = None) -> models.ClockState:
        """Confirm that this host's clock is correct. Signing continues even where earlier signatures are in its future.

        Every process checks its clock again afterwards. CRLs and OCSP responses from the future are replaced.

        Requires the permission `clock:accept`.
        """
        return cast(
            "models.ClockState", self.send("POST", "/clock/accept", once=True, idempotency_key=idempotency_key).json()
        )

    def list_credentials(
        self, *, protocol: models.EnrollmentProtocol | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.CredentialPage:
        """List the credentials whose tokens the caller may read, newest first. Returns no secrets.

        `protocol`: Protocol. Default: all protocols. `cursor`: `next_cursor` of the previous page. Default: the first
        page. `limit`: Maximum number of items.

        Requires the permission `token:read`.
        """
        return cast(
            "models.CredentialPage",
            self.send("GET", "/credentials", query={"protocol": protocol, "cursor": cursor, "limit": limit}).json(),
        )

    def iterate_credentials(self, *, protocol: models.EnrollmentProtocol | None = None) -> Iterator[models.Credential]:
        """Return an iterator over all pages of `list_credentials`."""
        return cast("Iterator[models.Credential]", self.iterate("/credentials", {"protocol": protocol}))

    def create_credential(
        self, body: models.CredentialBody, *, idempotency_key: str | None = None
    ) -> models.NewEstCredential | models.NewScepCredential | models.NewCmpCredential | models.NewAcmeCredential:
        """Create a credential with which clients of one protocol request certificates, and return its secret.

        The secret is shown only once. Clients act as the token of the same ID, with at most the caller's permissions.

        Requires the permission `token:create`.
        """
        return cast(
            "models.NewEstCredential | models.NewScepCredential | models.NewCmpCredential | models.NewAcmeCredential",
            self.send("POST", "/credentials", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def list_enrollment_protocols(self) -> models.ProtocolStateList:
        """List the enrollment protocols, and whether each is switched on.

        Requires the permission `token:read`.
        """
        return cast("models.ProtocolStateList", self.send("GET", "/credentials/protocols").json())

    def get_credential(self, credential: str) -> models.Credential:
        """Return a credential without its secret.

        Requires the permission `token:read`.
        """
        return cast("models.Credential", self.send("GET", f"/credentials/{self.quote(credential)}").json())

    def list_credential_devices(
        self, credential: str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.CredentialDevicePage:
        """List the devices that a credential permits, in the order of its list. Empty for a credential without a list.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `token:read`.
        """
        return cast(
            "models.CredentialDevicePage",
            self.send(
                "GET", f"/credentials/{self.quote(credential)}/devices", query={"cursor": cursor, "limit": limit}
            ).json(),
        )

    def iterate_credential_devices(self, credential: str) -> Iterator[models.CredentialDevice]:
        """Return an iterator over all pages of `list_credential_devices`."""
        return cast(
            "Iterator[models.CredentialDevice]", self.iterate(f"/credentials/{self.quote(credential)}/devices", {})
        )

    def revoke_credential(self, credential: str, *, idempotency_key: str | None = None) -> models.Credential:
        """Revoke a credential permanently: its clients can no longer enroll or renew. Can be repeated.

        Certificates that were issued with it stay valid.

        Requires the permission `token:revoke`.
        """
        return cast(
            "models.Credential",
            self.send(
                "POST", f"/credentials/{self.quote(credential)}/revoke", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def get_dashboard(self) -> models.Dashboard:
        """Return the number of certificates by status, and the certificates and CAs that expire soon.

        Requires the permission `certificate:read`.
        """
        return cast("models.Dashboard", self.send("GET", "/dashboard").json())

    def approve_device_sign_in(
        self, body: models.DeviceApprovalBody, *, idempotency_key: str | None = None
    ) -> models.DeviceSignIn:
        """Approve the sign-in of a command line. It gets one of your API tokens, with this role and lifetime.

        Requires a session. Approve only a sign-in that you started yourself.

        Requires the permission `token:create`.
        """
        return cast(
            "models.DeviceSignIn",
            self.send("POST", "/device/approve", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def begin_device_sign_in(self, body: models.DeviceAuthorizationBody) -> models.DeviceAuthorization:
        """Start the sign-in of a command line (RFC 8628 §3.1).

        Show the user `user_code` and `verification_uri`, and poll `/device/token` every `interval` seconds. The codes
        are valid for ten minutes.

        Requires the permission `session:create`.
        """
        return cast("models.DeviceAuthorization", self.send("POST", "/device/authorization", body=body).json())

    def check_device_sign_in(self, body: models.UserCodeBody) -> models.DeviceSignIn:
        """Return which command line waits for a user code, from where, and what it requests.

        Requires the permission `self:update`.
        """
        return cast("models.DeviceSignIn", self.send("POST", "/device/check", body=body).json())

    def deny_device_sign_in(
        self, body: models.UserCodeBody, *, idempotency_key: str | None = None
    ) -> models.DeviceSignIn:
        """Reject the sign-in of a command line. Its codes cannot be used any more.

        Requires the permission `self:update`.
        """
        return cast(
            "models.DeviceSignIn",
            self.send("POST", "/device/deny", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def redeem_device_code(self, body: models.DeviceTokenBody) -> models.DeviceToken:
        """Return the API token of a device sign-in after the user has confirmed it (RFC 8628 §3.4). Works once.

        Until then, the error `authorization_pending` says to poll again after `Retry-After`, and `slow_down` to poll
        less often.

        Requires the permission `session:create`.
        """
        return cast("models.DeviceToken", self.send("POST", "/device/token", body=body).json())

    def accept_invitation(self, body: models.InvitationBody) -> models.OwnSession:
        """Choose a password with an invitation link and sign in. The link can be used once.

        Requires the permission `session:create`.
        """
        return cast("models.OwnSession", self.send("POST", "/invitations/accept", body=body).json())

    def check_invitation(self, body: models.InvitationCheckBody) -> models.Invitation:
        """Return the user of an invitation link, and until when the link can be used. Changes nothing.

        Requires the permission `session:create`.
        """
        return cast("models.Invitation", self.send("POST", "/invitations/check", body=body).json())

    def list_jobs(
        self, *, state: models.JobState | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.JobPage:
        """List jobs, newest first. Filters are combined with AND.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `job:read`.
        """
        return cast(
            "models.JobPage", self.send("GET", "/jobs", query={"state": state, "cursor": cursor, "limit": limit}).json()
        )

    def iterate_jobs(self, *, state: models.JobState | None = None) -> Iterator[models.Job]:
        """Return an iterator over all pages of `list_jobs`."""
        return cast("Iterator[models.Job]", self.iterate("/jobs", {"state": state}))

    def get_job(self, job: str) -> models.Job:
        """Return a job with its state, its attempts, and its last error.

        Requires the permission `job:read`.
        """
        return cast("models.Job", self.send("GET", f"/jobs/{self.quote(job)}").json())

    def cancel_job(self, job: str, *, idempotency_key: str | None = None) -> models.Job:
        """Cancel a queued or failed job. If it validates an ACME challenge, the challenge becomes invalid.

        Requires the permission `job:control`.
        """
        return cast(
            "models.Job",
            self.send("POST", f"/jobs/{self.quote(job)}/cancel", once=True, idempotency_key=idempotency_key).json(),
        )

    def retry_job(self, job: str, *, idempotency_key: str | None = None) -> models.Job:
        """Queue a failed or cancelled job again.

        Requires the permission `job:control`.
        """
        return cast(
            "models.Job",
            self.send("POST", f"/jobs/{self.quote(job)}/retry", once=True, idempotency_key=idempotency_key).json(),
        )

    def list_keys(
        self, *, ca: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.IssuerKeyPage:
        """List the keys of CAs, oldest first.

        `ca`: ID or name of the CA. Default: all CAs. `cursor`: `next_cursor` of the previous page. Default: the first
        page. `limit`: Maximum number of items.

        Requires the permission `key:read`.
        """
        return cast(
            "models.IssuerKeyPage", self.send("GET", "/keys", query={"ca": ca, "cursor": cursor, "limit": limit}).json()
        )

    def iterate_keys(self, *, ca: str | None = None) -> Iterator[models.IssuerKey]:
        """Return an iterator over all pages of `list_keys`."""
        return cast("Iterator[models.IssuerKey]", self.iterate("/keys", {"ca": ca}))

    def create_key(self, body: models.CaKeyBody, *, idempotency_key: str | None = None) -> models.CaKeyMade:
        """Create the keys for a CA: its own key and the key of its OCSP signing certificate.

        Set the returned ID as `key` when you create or rotate the CA.

        Requires the permission `key:create`.
        """
        return cast(
            "models.CaKeyMade", self.send("POST", "/keys", body=body, once=True, idempotency_key=idempotency_key).json()
        )

    def list_blocked_keys(self, *, cursor: str | None = None, limit: int | None = None) -> models.BlockedKeyPage:
        """List blocked keys, newest first. Keys in `blocked_keys_file` are not included.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `key:read`.
        """
        return cast(
            "models.BlockedKeyPage", self.send("GET", "/keys/blocked", query={"cursor": cursor, "limit": limit}).json()
        )

    def iterate_blocked_keys(self) -> Iterator[models.BlockedKey]:
        """Return an iterator over all pages of `list_blocked_keys`."""
        return cast("Iterator[models.BlockedKey]", self.iterate("/keys/blocked", {}))

    def block_key(
        self, body: models.BlockedKeyBody, *, idempotency_key: str | None = None
    ) -> models.BlockedKeyWithCertificates:
        """Block a public key. No certificate is issued for it.

        Returns the existing certificates, which stay valid until revoked.

        Requires the permission `key:block`.
        """
        return cast(
            "models.BlockedKeyWithCertificates",
            self.send("POST", "/keys/blocked", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def get_blocked_key(self, spki_sha256: str) -> models.BlockedKeyWithCertificates:
        """Return a blocked key with its unexpired certificates, which you can revoke.

        Requires the permission `key:read`.
        """
        return cast(
            "models.BlockedKeyWithCertificates", self.send("GET", f"/keys/blocked/{self.quote(spki_sha256)}").json()
        )

    def unblock_key(self, spki_sha256: str, *, idempotency_key: str | None = None) -> models.BlockedKey:
        """Remove the block that an operator set. Keys of certificates that were revoked as compromised stay blocked.

        Requires the permission `key:block`.
        """
        return cast(
            "models.BlockedKey",
            self.send(
                "POST", f"/keys/blocked/{self.quote(spki_sha256)}/unblock", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def get_key(self, key: str) -> models.IssuerKeyWithUse:
        """Return a CA key with what depends on it: certificates that it signed, and subordinate CAs.

        Requires the permission `key:read`.
        """
        return cast("models.IssuerKeyWithUse", self.send("GET", f"/keys/{self.quote(key)}").json())

    def destroy_key(self, key: str, *, idempotency_key: str | None = None) -> models.IssuerKeyWithUse:
        """Erase a private key in its backend. This cannot be undone.

        Refused while anything depends on the key. The error states what, with numbers.

        Requires the permission `key:destroy`.
        """
        return cast(
            "models.IssuerKeyWithUse",
            self.send("POST", f"/keys/{self.quote(key)}/destroy", once=True, idempotency_key=idempotency_key).json(),
        )

    def get_me(self) -> models.Me:
        """Return the caller with their permissions and, for a user, their session.

        Requires the permission `self:read`.
        """
        return cast("models.Me", self.send("GET", "/me").json())

    def list_factors(self) -> models.Factors:
        """List your second factors: authenticator app, passkeys, and recovery codes.

        Requires the permission `self:update`.
        """
        return cast("models.Factors", self.send("GET", "/me/factors").json())

    def list_own_identities(self) -> models.IdentityList:
        """List your linked accounts at identity providers, oldest first.

        Requires the permission `self:update`.
        """
        return cast("models.IdentityList", self.send("GET", "/me/identities").json())

    def unlink_identity(self, identity: str) -> None:
        """Unlink an identity provider account from your user. Roles and teams that its rules granted are removed.

        Requires the permission `self:secure`.
        """
        self.send("DELETE", f"/me/identities/{self.quote(identity)}")

    def begin_passkey(self) -> models.PasskeyOptions:
        """Return the WebAuthn options for registering a new passkey.

        Requires the permission `self:secure`.
        """
        return cast("models.PasskeyOptions", self.send("PUT", "/me/passkey-options").json())

    def add_passkey(self, body: models.PasskeyBody, *, idempotency_key: str | None = None) -> models.Passkey:
        """Register a passkey. The session gets a new secret and a new CSRF token, which `GET /me` returns.

        Requires the permission `self:secure`.
        """
        return cast(
            "models.Passkey",
            self.send("POST", "/me/passkeys", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def remove_passkey(self, passkey: str) -> None:
        """Remove one of your passkeys. Refused if your role requires a second factor and this is the last one.

        Requires the permission `self:secure`.
        """
        self.send("DELETE", f"/me/passkeys/{self.quote(passkey)}")

    def rename_passkey(self, passkey: str, body: models.PasskeyNameBody) -> models.Passkey:
        """Change the name of one of your passkeys.

        Requires the permission `self:update`.
        """
        return cast("models.Passkey", self.send("PUT", f"/me/passkeys/{self.quote(passkey)}", body=body).json())

    def change_password(self, body: models.PasswordBody) -> models.OwnSession:
        """Change your password. Your other sessions end, and with `revoke_tokens` your tokens are revoked.

        This session gets a new secret and a new CSRF token.

        Requires the permission `self:update`.
        """
        return cast("models.OwnSession", self.send("PUT", "/me/password", body=body).json())

    def create_recovery_codes(self) -> models.RecoveryCodes:
        """Create new recovery codes. They replace the old codes and are returned only once.

        Requires the permission `self:secure`.
        """
        return cast("models.RecoveryCodes", self.send("PUT", "/me/recovery-codes").json())

    def sign_out(self) -> None:
        """End the session of this request.

        Requires the permission `self:update`.
        """
        self.send("DELETE", "/me/session")

    def reauthenticate(self, body: models.ProofBody) -> models.OwnSession:
        """Authenticate again, as sensitive operations require. The session gets a new secret and a new CSRF token.

        Requires the permission `self:update`.
        """
        return cast("models.OwnSession", self.send("PUT", "/me/session", body=body).json())

    def sign_out_everywhere(self, *, revoke_tokens: bool | None = None) -> None:
        """End all of your sessions, including this one. With `revoke_tokens`, revoke your tokens and EAB keys as well.

        `revoke_tokens`: Whether to revoke your API tokens and EAB keys as well. Default: `false`.

        Requires the permission `self:update`.
        """
        self.send("DELETE", "/me/sessions", query={"revoke_tokens": revoke_tokens})

    def list_own_sessions(self, *, cursor: str | None = None, limit: int | None = None) -> models.SessionPage:
        """List your active sessions, newest first.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `self:read`.
        """
        return cast(
            "models.SessionPage", self.send("GET", "/me/sessions", query={"cursor": cursor, "limit": limit}).json()
        )

    def iterate_own_sessions(self) -> Iterator[models.Session]:
        """Return an iterator over all pages of `list_own_sessions`."""
        return cast("Iterator[models.Session]", self.iterate("/me/sessions", {}))

    def revoke_own_session(self, session: str, *, idempotency_key: str | None = None) -> models.Session:
        """End one of your sessions. Can be repeated.

        Requires the permission `self:update`.
        """
        return cast(
            "models.Session",
            self.send(
                "POST", f"/me/sessions/{self.quote(session)}/revoke", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def remove_totp(self) -> None:
        """Remove your authenticator app. Refused if your role requires a second factor and this is the last one.

        Requires the permission `self:secure`.
        """
        self.send("DELETE", "/me/totp")

    def prepare_totp(self) -> models.NewTotp:
        """Create a new secret for an authenticator app. It takes effect after `confirm_totp` has received a code.

        Requires the permission `self:secure`.
        """
        return cast("models.NewTotp", self.send("PUT", "/me/totp").json())

    def confirm_totp(self, body: models.CodeBody) -> models.OwnSession:
        """Confirm an authenticator app with a code. Sign-in then requires a code.

        The session gets a new secret and a new CSRF token.

        Requires the permission `self:secure`.
        """
        return cast("models.OwnSession", self.send("PUT", "/me/totp/confirmation", body=body).json())

    def list_identity_providers(self) -> models.ProviderList:
        """List the identity providers that users can sign in with, in the order of the settings.

        Requires the permission `session:create`.
        """
        return cast("models.ProviderList", self.send("GET", "/oidc").json())

    def start_oidc_sign_in(self, provider: str, body: models.VisitBody) -> models.Visit:
        """Start an OpenID Connect flow. Returns the URL to send the browser to.

        The browser must return to `/oidc/{provider}` of the web UI within ten minutes.

        `provider`: Name of an identity provider in the settings.

        Requires the permission `session:create`.
        """
        return cast("models.Visit", self.send("POST", f"/oidc/{self.quote(provider)}/begin", body=body).json())

    def complete_oidc_sign_in(self, provider: str, body: models.VisitEndBody) -> models.OwnSession:
        """Complete an OpenID Connect flow: sign in, re-authenticate, link an account, or accept an invitation.

        Works once, and only in the browser that started the flow.

        `provider`: Name of an identity provider in the settings.

        Requires the permission `session:create`.
        """
        return cast("models.OwnSession", self.send("POST", f"/oidc/{self.quote(provider)}/finish", body=body).json())

    def get_identity_sign_out(self, provider: str) -> models.ProviderSignOut:
        """Return the URL that ends the session at the identity provider, for a browser that was signed out here.

        `provider`: Name of an identity provider in the settings.

        Requires the permission `session:create`.
        """
        return cast("models.ProviderSignOut", self.send("GET", f"/oidc/{self.quote(provider)}/sign-out").json())

    def list_permissions(self) -> models.PermissionList:
        """List all permissions, and which built-in roles have them in which ownership scope.

        Requires the permission `role:read`.
        """
        return cast("models.PermissionList", self.send("GET", "/permissions").json())

    def list_profiles(self, *, cursor: str | None = None, limit: int | None = None) -> models.ProfilePage:
        """List the newest version of each profile.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `profile:read`.
        """
        return cast(
            "models.ProfilePage", self.send("GET", "/profiles", query={"cursor": cursor, "limit": limit}).json()
        )

    def iterate_profiles(self) -> Iterator[models.Profile]:
        """Return an iterator over all pages of `list_profiles`."""
        return cast("Iterator[models.Profile]", self.iterate("/profiles", {}))

    def create_profile(self, body: models.ProfileDefinition, *, idempotency_key: str | None = None) -> models.Profile:
        """Create version 1 of a profile. Refused if lint would refuse the certificates of the profile.

        Requires the permission `profile:create`.
        """
        return cast(
            "models.Profile",
            self.send("POST", "/profiles", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def check_profile(self, body: models.ProfileDefinition) -> models.Remarks:
        """Check a profile definition without saving it. Returns its errors and warnings.

        Requires the permission `profile:read`.
        """
        return cast("models.Remarks", self.send("POST", "/profiles/check", body=body).json())

    def preview_profile(self, body: models.ProfileTrialBody) -> models.CertificatePreview:
        """Return the certificate that a profile definition would produce from a CSR under a sample CA. Saves nothing.

        Requires the permission `profile:read`.
        """
        return cast("models.CertificatePreview", self.send("POST", "/profiles/preview", body=body).json())

    def get_profile(self, profile: str, *, version: int | None = None) -> models.Profile:
        """Return a profile: its newest version, or the one set by `version`.

        Requires the permission `profile:read`.
        """
        return cast(
            "models.Profile", self.send("GET", f"/profiles/{self.quote(profile)}", query={"version": version}).json()
        )

    def update_profile(self, profile: str, body: models.ProfileDefinition) -> models.Profile:
        """Save a new version of a profile. Existing certificates stay bound to their version.

        The same definition creates no version. Set `version` to the version that you edited: the response is 409 if a
        newer one exists.

        Requires the permission `profile:update`.
        """
        return cast("models.Profile", self.send("PUT", f"/profiles/{self.quote(profile)}", body=body).json())

    def retire_profile(self, profile: str, *, idempotency_key: str | None = None) -> models.Profile:
        """Retire a profile permanently. No certificate is issued with it. Its existing certificates remain valid.

        Requires the permission `profile:retire`.
        """
        return cast(
            "models.Profile",
            self.send(
                "POST", f"/profiles/{self.quote(profile)}/retire", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def get_recipes(
        self, *, ca: str, profile: str, key: str | None = None, host: str | None = None
    ) -> models.RecipeList:
        """Return configuration for certbot, lego, Caddy, and other clients, with the real URL, CA, profile, and key ID.

        The HMAC key of the EAB key is a placeholder, because it is shown only once.

        `ca`: ID or name of the CA. `profile`: Name of the certificate profile. `key`: ID of an EAB key. Default: a
        placeholder. `host`: Host name to certify. Default: www.example.com.

        Requires the permission `ca:read`.
        """
        return cast(
            "models.RecipeList",
            self.send("GET", "/recipes", query={"ca": ca, "profile": profile, "key": key, "host": host}).json(),
        )

    def list_requests(
        self,
        *,
        state: models.EnrollmentState | None = None,
        ca: str | None = None,
        profile: str | None = None,
        mine: bool | None = None,
        needs_my_approval: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.CertificateRequestPage:
        """List certificate requests, newest first. Filters are combined with AND.

        Requesters see their own and their team's requests.

        `ca`: ID or name of the issuing CA. `mine`: Whether to return only requests that you submitted.
        `needs_my_approval`: Whether to return only requests that you can approve and have not approved yet. `cursor`:
        `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `request:read`.
        """
        return cast(
            "models.CertificateRequestPage",
            self.send(
                "GET",
                "/requests",
                query={
                    "state": state,
                    "ca": ca,
                    "profile": profile,
                    "mine": mine,
                    "needs_my_approval": needs_my_approval,
                    "cursor": cursor,
                    "limit": limit,
                },
            ).json(),
        )

    def iterate_requests(
        self,
        *,
        state: models.EnrollmentState | None = None,
        ca: str | None = None,
        profile: str | None = None,
        mine: bool | None = None,
        needs_my_approval: bool | None = None,
    ) -> Iterator[models.CertificateRequest]:
        """Return an iterator over all pages of `list_requests`."""
        return cast(
            "Iterator[models.CertificateRequest]",
            self.iterate(
                "/requests",
                {"state": state, "ca": ca, "profile": profile, "mine": mine, "needs_my_approval": needs_my_approval},
            ),
        )

    def submit_request(
        self, body: models.RequestBody, *, idempotency_key: str | None = None
    ) -> models.CertificateRequest:
        """Request a certificate with a CSR, or with a key that is generated when you collect the certificate.

        The request is checked immediately. It then waits for approval, or is issued if no approval is required.

        Requires the permission `request:submit`.
        """
        return cast(
            "models.CertificateRequest",
            self.send("POST", "/requests", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def get_request(self, request: str) -> models.CertificateRequest:
        """Return a certificate request with its plan, risks, comments, and approvals.

        Requires the permission `request:read`.
        """
        return cast("models.CertificateRequest", self.send("GET", f"/requests/{self.quote(request)}").json())

    def approve_request(
        self, request: str, body: models.RequestApprovalBody, *, idempotency_key: str | None = None
    ) -> models.CertificateRequest:
        """Approve exactly this plan. The last required approval issues the certificate.

        Returns 409 if the plan has changed since you read it.

        Requires the permission `request:approve`.
        """
        return cast(
            "models.CertificateRequest",
            self.send(
                "POST",
                f"/requests/{self.quote(request)}/approve",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def cancel_request(self, request: str, *, idempotency_key: str | None = None) -> models.CertificateRequest:
        """Cancel a request. Only the requester can do this.

        Requires the permission `request:submit`.
        """
        return cast(
            "models.CertificateRequest",
            self.send(
                "POST", f"/requests/{self.quote(request)}/cancel", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def collect_request(
        self, request: str, body: models.CollectBody, *, idempotency_key: str | None = None
    ) -> models.KeyedCertificate:
        """Generate the key, issue the certificate, and return both. The key is returned only once.

        Later calls return the certificate alone.

        Requires the permission `certificate:export-key`.
        """
        return cast(
            "models.KeyedCertificate",
            self.send(
                "POST",
                f"/requests/{self.quote(request)}/collect",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def comment_request(
        self, request: str, body: models.CommentBody, *, idempotency_key: str | None = None
    ) -> models.CertificateRequest:
        """Add a comment to a certificate request. Everyone who can read the request sees it.

        Requires the permission `request:submit`.
        """
        return cast(
            "models.CertificateRequest",
            self.send(
                "POST",
                f"/requests/{self.quote(request)}/comment",
                body=body,
                once=True,
                idempotency_key=idempotency_key,
            ).json(),
        )

    def edit_request(
        self, request: str, body: models.RequestEditBody, *, idempotency_key: str | None = None
    ) -> models.CertificateRequest:
        """Change a certificate request. Existing approvals become invalid, and the editor cannot approve the request.

        Requires the permission `request:submit`.
        """
        return cast(
            "models.CertificateRequest",
            self.send(
                "POST", f"/requests/{self.quote(request)}/edit", body=body, once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def reject_request(
        self, request: str, body: models.ReasonBody, *, idempotency_key: str | None = None
    ) -> models.CertificateRequest:
        """Reject a request permanently. A reason is required and shown to the requester.

        Requires the permission `request:approve`.
        """
        return cast(
            "models.CertificateRequest",
            self.send(
                "POST", f"/requests/{self.quote(request)}/reject", body=body, once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def withdraw_request_approval(
        self, request: str, *, idempotency_key: str | None = None
    ) -> models.CertificateRequest:
        """Withdraw your own approval. Possible until issuance starts.

        Requires the permission `request:approve`.
        """
        return cast(
            "models.CertificateRequest",
            self.send(
                "POST", f"/requests/{self.quote(request)}/withdraw", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def list_roles(self, *, cursor: str | None = None, limit: int | None = None) -> models.RolePage:
        """List the newest version of each custom role, by name. `/permissions` lists the built-in roles.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `role:read`.
        """
        return cast("models.RolePage", self.send("GET", "/roles", query={"cursor": cursor, "limit": limit}).json())

    def iterate_roles(self) -> Iterator[models.RoleDetails]:
        """Return an iterator over all pages of `list_roles`."""
        return cast("Iterator[models.RoleDetails]", self.iterate("/roles", {}))

    def create_role(self, body: models.RoleBody, *, idempotency_key: str | None = None) -> models.RoleDetails:
        """Create a custom role with at most your own permissions.

        Requires the permission `role:manage`.
        """
        return cast(
            "models.RoleDetails",
            self.send("POST", "/roles", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def get_role(self, role: str) -> models.RoleWithHolders:
        """Return a custom role: its newest version.

        Requires the permission `role:read`.
        """
        return cast("models.RoleWithHolders", self.send("GET", f"/roles/{self.quote(role)}").json())

    def update_role(self, role: str, body: models.RoleDefinition) -> models.RoleDetails:
        """Save a new version of a role. It takes effect immediately for all users of the role.

        You cannot change your own roles.

        Requires the permission `role:manage`.
        """
        return cast("models.RoleDetails", self.send("PUT", f"/roles/{self.quote(role)}", body=body).json())

    def withdraw_role(self, role: str, user: str) -> None:
        """Remove a custom role from a user. Ends their sessions.

        `user`: ID or username.

        Requires the permission `role:manage`.
        """
        self.send("DELETE", f"/roles/{self.quote(role)}/holders/{self.quote(user)}")

    def assign_role(self, role: str, user: str) -> models.RoleWithHolders:
        """Assign a custom role to a user in addition to their other roles. Ends their sessions.

        You cannot change your own roles.

        `user`: ID or username.

        Requires the permission `role:manage`.
        """
        return cast(
            "models.RoleWithHolders", self.send("PUT", f"/roles/{self.quote(role)}/holders/{self.quote(user)}").json()
        )

    def retire_role(self, role: str, *, idempotency_key: str | None = None) -> models.RoleDetails:
        """Retire a role permanently. It grants nothing to its users anymore.

        Requires the permission `role:manage`.
        """
        return cast(
            "models.RoleDetails",
            self.send("POST", f"/roles/{self.quote(role)}/retire", once=True, idempotency_key=idempotency_key).json(),
        )

    def search(self, *, q: str, limit: int | None = None) -> models.SearchResult:
        """Return the CAs, certificates, requests, and users that match the text and that you can read, in this order.

        `q`: Any part of a CA name, or of a certificate's name, subject, or serial number (of fewer than three
        characters: the start of a name); a fingerprint; start of a username; or the ID of a request. `limit`: Maximum
        number of results of each type.

        Requires the permission `self:read`.
        """
        return cast("models.SearchResult", self.send("GET", "/search", query={"q": q, "limit": limit}).json())

    def list_service_accounts(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> models.ServiceAccountPage:
        """List service accounts, newest first.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `user:read`.
        """
        return cast(
            "models.ServiceAccountPage",
            self.send("GET", "/service-accounts", query={"cursor": cursor, "limit": limit}).json(),
        )

    def iterate_service_accounts(self) -> Iterator[models.ServiceAccount]:
        """Return an iterator over all pages of `list_service_accounts`."""
        return cast("Iterator[models.ServiceAccount]", self.iterate("/service-accounts", {}))

    def create_service_account(
        self, body: models.ServiceAccountBody, *, idempotency_key: str | None = None
    ) -> models.ServiceAccount:
        """Create a service account. Its role has at most your own permissions.

        A service account cannot sign in: create an API token for it.

        Requires the permission `user:manage`.
        """
        return cast(
            "models.ServiceAccount",
            self.send("POST", "/service-accounts", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def get_service_account(self, account: str) -> models.ServiceAccount:
        """Return a service account with its role.

        `account`: ID or name.

        Requires the permission `user:read`.
        """
        return cast("models.ServiceAccount", self.send("GET", f"/service-accounts/{self.quote(account)}").json())

    def disable_service_account(self, account: str, *, idempotency_key: str | None = None) -> models.ServiceAccount:
        """Disable a service account permanently. Its tokens stop working.

        `account`: ID or name.

        Requires the permission `user:manage`.
        """
        return cast(
            "models.ServiceAccount",
            self.send(
                "POST", f"/service-accounts/{self.quote(account)}/disable", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def list_sessions(
        self, *, user: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.SessionPage:
        """List the active sessions of all users or of one user, newest first.

        `user`: ID or username. Default: all users. `cursor`: `next_cursor` of the previous page. Default: the first
        page. `limit`: Maximum number of items.

        Requires the permission `session:read`.
        """
        return cast(
            "models.SessionPage",
            self.send("GET", "/sessions", query={"user": user, "cursor": cursor, "limit": limit}).json(),
        )

    def iterate_sessions(self, *, user: str | None = None) -> Iterator[models.Session]:
        """Return an iterator over all pages of `list_sessions`."""
        return cast("Iterator[models.Session]", self.iterate("/sessions", {"user": user}))

    def create_session(self, body: models.SignInBody) -> models.OwnSession:
        """Sign in with a username and password. The session cookie is not readable by scripts.

        Requires the permission `session:create`.
        """
        return cast("models.OwnSession", self.send("POST", "/sessions", body=body).json())

    def create_session_by_passkey(self, body: models.PasskeySignInBody) -> models.OwnSession:
        """Sign in with a passkey, without a password.

        Requires the permission `session:create`.
        """
        return cast("models.OwnSession", self.send("POST", "/sessions/passkey", body=body).json())

    def get_passkey_options(self) -> models.PasskeyOptions:
        """Return the WebAuthn options for a passkey of the session's user, or of any user if there is no session.

        Requires the permission `session:create`.
        """
        return cast("models.PasskeyOptions", self.send("POST", "/sessions/passkey-options").json())

    def submit_second_factor(self, body: models.SecondFactorBody) -> models.OwnSession:
        """Complete a sign-in whose session is at the stage `second-factor`. Requires the CSRF token of that session.

        Requires the permission `session:create`.
        """
        return cast("models.OwnSession", self.send("POST", "/sessions/second-factor", body=body).json())

    def revoke_session(self, session: str, *, idempotency_key: str | None = None) -> models.Session:
        """End the session of a user. Can be repeated.

        Requires the permission `session:revoke`.
        """
        return cast(
            "models.Session",
            self.send(
                "POST", f"/sessions/{self.quote(session)}/revoke", once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def list_settings(self) -> models.SettingList:
        """List the settings of this server process: each with its value, where the value comes from, and its meaning.

        Change settings in the settings file or in the environment of the server processes.

        Requires the permission `setting:read`.
        """
        return cast("models.SettingList", self.send("GET", "/settings").json())

    def get_status(self) -> models.Status:
        """Show the state of each component, and what an operator has to repair.

        Requires the permission `status:read`.
        """
        return cast("models.Status", self.send("GET", "/status").json())

    def list_teams(self, *, cursor: str | None = None, limit: int | None = None) -> models.TeamPage:
        """List teams, newest first.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `team:read`.
        """
        return cast("models.TeamPage", self.send("GET", "/teams", query={"cursor": cursor, "limit": limit}).json())

    def iterate_teams(self) -> Iterator[models.Team]:
        """Return an iterator over all pages of `list_teams`."""
        return cast("Iterator[models.Team]", self.iterate("/teams", {}))

    def create_team(self, body: models.TeamBody, *, idempotency_key: str | None = None) -> models.TeamWithMembers:
        """Create a team without members.

        Requires the permission `team:manage`.
        """
        return cast(
            "models.TeamWithMembers",
            self.send("POST", "/teams", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def get_team(self, team: str) -> models.TeamWithMembers:
        """Return a team with its members.

        `team`: ID or name.

        Requires the permission `team:read`.
        """
        return cast("models.TeamWithMembers", self.send("GET", f"/teams/{self.quote(team)}").json())

    def remove_team_member(self, team: str, user: str) -> None:
        """Remove a user from a team. Objects created for the team stay with it.

        `team`: ID or name. `user`: ID or username.

        Requires the permission `team:manage`.
        """
        self.send("DELETE", f"/teams/{self.quote(team)}/members/{self.quote(user)}")

    def add_team_member(self, team: str, user: str) -> models.TeamWithMembers:
        """Add a user to a team. The user can see and use the objects of the team.

        `team`: ID or name. `user`: ID or username.

        Requires the permission `team:manage`.
        """
        return cast(
            "models.TeamWithMembers", self.send("PUT", f"/teams/{self.quote(team)}/members/{self.quote(user)}").json()
        )

    def list_tokens(self, *, cursor: str | None = None, limit: int | None = None) -> models.TokenPage:
        """List the API tokens that you can see, newest first.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `token:read`.
        """
        return cast("models.TokenPage", self.send("GET", "/tokens", query={"cursor": cursor, "limit": limit}).json())

    def iterate_tokens(self) -> Iterator[models.Token]:
        """Return an iterator over all pages of `list_tokens`."""
        return cast("Iterator[models.Token]", self.iterate("/tokens", {}))

    def create_token(self, body: models.TokenBody, *, idempotency_key: str | None = None) -> models.NewToken:
        """Create an API token with at most your own permissions. The secret is returned only once.

        Requires the permission `token:create`.
        """
        return cast(
            "models.NewToken",
            self.send("POST", "/tokens", body=body, once=True, idempotency_key=idempotency_key).json(),
        )

    def revoke_token(self, token: str, *, idempotency_key: str | None = None) -> models.Token:
        """Revoke an API token permanently. Can be repeated.

        Requires the permission `token:revoke`.
        """
        return cast(
            "models.Token",
            self.send("POST", f"/tokens/{self.quote(token)}/revoke", once=True, idempotency_key=idempotency_key).json(),
        )

    def rotate_token(
        self, token: str, body: models.TokenRotationBody, *, idempotency_key: str | None = None
    ) -> models.NewToken:
        """Rotate a token. Returns a new secret, only once. The old secret stays valid for `overlap`.

        Requires the permission `token:create`.
        """
        return cast(
            "models.NewToken",
            self.send(
                "POST", f"/tokens/{self.quote(token)}/rotate", body=body, once=True, idempotency_key=idempotency_key
            ).json(),
        )

    def decode(self, body: models.DecodeBody) -> models.DecodeAnswer:
        """Decode each object in `data`. Nothing is validated, stored, or fetched.

        Requires the permission `tools:use`.
        """
        return cast("models.DecodeAnswer", self.send("POST", "/tools/decode", body=body).json())

    def lint(self, body: models.LintBody) -> models.LintAnswer:
        """Lint each object in `data` with the built-in rules and pkilint. Nothing is stored.

        Requires the permission `tools:use`.
        """
        return cast("models.LintAnswer", self.send("POST", "/tools/lint", body=body).json())

    def verify(self, body: models.VerifyBody) -> models.VerifyAnswer:
        """Find a valid path from a certificate to a trust anchor (RFC 5280 §6). If there is none, return every reason.

        Uses only what the request contains: no URL in a certificate is followed. With `crls`, each certificate below
        the trust anchor must be listed as not revoked by one of them. Without `crls`, revocation is not checked.

        Requires the permission `tools:use`.
        """
        return cast("models.VerifyAnswer", self.send("POST", "/tools/verify", body=body).json())

    def list_users(self, *, cursor: str | None = None, limit: int | None = None) -> models.UserPage:
        """List users, newest first.

        `cursor`: `next_cursor` of the previous page. Default: the first page. `limit`: Maximum number of items.

        Requires the permission `user:read`.
        """
        return cast("models.UserPage", self.send("GET", "/users", query={"cursor": cursor, "limit": limit}).json())

    def iterate_users(self) -> Iterator[models.User]:
        """Return an iterator over all pages of `list_users`."""
        return cast("Iterator[models.User]", self.iterate("/users", {}))

    def create_user(self, body: models.UserBody, *, idempotency_key: str | None = None) -> models.NewUser:
        """Create a user with at most your own permissions, and an invitation link. The link is returned only once.

        Requires the permission `user:manage`.
        """
        return cast(
            "models.NewUser", self.send("POST", "/users", body=body, once=True, idempotency_key=idempotency_key).json()
        )

    def get_user(self, user: str) -> models.User:
        """Return a user with their role and state.

        `user`: ID or username.

        Requires the permission `user:read`.
        """
        return cast("models.User", self.send("GET", f"/users/{self.quote(user)}").json())

    def change_user(self, user: str, body: models.PersonBody) -> models.User:
        """Update a user. A new role ends their sessions.

        You cannot change your own role. The role of the last administrator cannot be changed.

        `user`: ID or username.

        Requires the permission `user:manage`.
        """
        return cast("models.User", self.send("PUT", f"/users/{self.quote(user)}", body=body).json())

    def disable_user(self, user: str, *, idempotency_key: str | None = None) -> models.User:
        """Disable a user. Ends all of the user's sessions.

        `user`: ID or username.

        Requires the permission `user:manage`.
        """
        return cast(
            "models.User",
            self.send("POST", f"/users/{self.quote(user)}/disable", once=True, idempotency_key=idempotency_key).json(),
        )

    def enable_user(self, user: str, *, idempotency_key: str | None = None) -> models.User:
        """Enable a disabled user. They can sign in again.

        `user`: ID or username.

        Requires the permission `user:manage`.
        """
        return cast(
            "models.User",
            self.send("POST", f"/users/{self.quote(user)}/enable", once=True, idempotency_key=idempotency_key).json(),
        )

    def get_user_grants(self, user: str) -> models.UserGrants:
        """Return where a user's permissions come from: roles, teams, and what the rules of an identity provider
        granted.

        The built-in role is first, then the custom roles by name. Teams are sorted by name.

        `user`: ID or username.

        Requires the permission `user:read`.
        """
        return cast("models.UserGrants", self.send("GET", f"/users/{self.quote(user)}/grants").json())

    def list_user_identities(self, user: str) -> models.IdentityList:
        """List the accounts at identity providers that a user can sign in with, oldest first.

        `user`: ID or username.

        Requires the permission `user:read`.
        """
        return cast("models.IdentityList", self.send("GET", f"/users/{self.quote(user)}/identities").json())

    def unlink_user_identity(self, user: str, identity: str) -> None:
        """Unlink an identity provider account from a user. What its rules granted is removed, and the user's sessions
        end.

        If that account signs in again, it is treated as an unknown user.

        `user`: ID or username.

        Requires the permission `user:manage`.
        """
        self.send("DELETE", f"/users/{self.quote(user)}/identities/{self.quote(identity)}")

    def invite_user(self, user: str, *, idempotency_key: str | None = None) -> models.OneTimeLink:
        """Create a new invitation link for a user who lost the old link or the password. Older links become invalid.

        `user`: ID or username.

        Requires the permission `user:manage`.
        """
        return cast(
            "models.OneTimeLink",
            self.send("POST", f"/users/{self.quote(user)}/invite", once=True, idempotency_key=idempotency_key).json(),
        )

    def reset_user_factors(self, user: str, *, idempotency_key: str | None = None) -> models.User:
        """Remove all second factors of a user who lost them, and end all of their sessions.

        `user`: ID or username.

        Requires the permission `user:manage`.
        """
        return cast(
            "models.User",
            self.send(
                "POST", f"/users/{self.quote(user)}/reset-factors", once=True, idempotency_key=idempotency_key
            ).json(),
        )
