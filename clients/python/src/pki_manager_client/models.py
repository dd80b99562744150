"""Types of requests and responses.

Generated from the OpenAPI document by `make generate`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class AcmeAccount(TypedDict):
    """ACME account. It acts as the token `token_id`, and can do nothing after that token has expired or was revoked.

    `thumbprint` is the thumbprint of the account key (RFC 7638), Base64url without padding.
    """

    changed_at: str
    contacts: list[str]
    created_at: str
    id: str
    owner: str
    state: AccountState
    team: str | None
    thumbprint: str
    token_expires: str
    token_id: str
    token_name: str
    token_revoked_at: str | None


class AcmeAccountPage(TypedDict):
    """`AcmeAccountPage`."""

    items: list[AcmeAccount]
    next_cursor: str | None


class Approval(TypedDict):
    """Operation that waits for approval. `body` is exactly what will run, and `sha256` is its hash.

    `request` is the certificate request that waits for the approval; null for other operations. `consequences` are the
    effects of the operation. Consequences that require counting are returned only for a single approval.
    """

    approvals: Consents
    authors: list[str]
    body: dict[str, Any]
    changed_at: str
    consequences: list[ApprovalConsequence]
    created_at: str
    expires_at: str
    id: str
    object: str
    object_kind: str
    operation: Operation
    reason: str | None
    request: str | None
    requested_by: str
    requester_name: str
    sha256: str
    state: ApprovalState


class ApprovalBody(TypedDict):
    """`ApprovalBody`."""

    sha256: str
    """SHA-256 of the operation that you approve. The response is 409 if the operation has changed."""


class ApprovalConsequence(TypedDict):
    """Consequence of an operation. `code` is stable; `count` is the number of affected objects, or null."""

    code: str
    count: int | None
    text: str


class ApprovalPage(TypedDict):
    """`ApprovalPage`."""

    items: list[Approval]
    next_cursor: str | None


class ApprovalRules(TypedDict):
    """One version of all approval rules. Version 0 means that no rules were ever set."""

    rules: Rules
    version: int


class ApprovalRulesBody(TypedDict):
    """`ApprovalRulesBody`."""

    rules: Rules
    version: int
    """Version that you edited. The response is 409 if a newer version exists."""


class AuditActor(TypedDict):
    """`AuditActor`."""

    id: str
    kind: str
    name: str
    rule: NotRequired[str | None]
    via: str


class AuditEvent(TypedDict):
    """Audit event as it was hashed, with `hash` and `mac` in hex. `time` is the exact text that was hashed."""

    action: str
    actor: AuditActor
    details: dict[str, Any]
    hash: str
    kms: KeyOperation | None
    mac: str
    node: str
    object: AuditObject
    outcome: str
    peer: str | None
    reason: str | None
    request_id: str | None
    seq: int
    time: str


class AuditObject(TypedDict):
    """`AuditObject`."""

    id: str
    kind: str


class AuditPage(TypedDict):
    """`AuditPage`."""

    items: list[AuditEvent]
    next_cursor: str | None


class AuditProblem(TypedDict):
    """`AuditProblem`."""

    chain: str
    message: str
    seq: int | None


class AuditReport(TypedDict):
    """Result of a full verification of every hash, MAC, and checkpoint.

    `key_sha256` identifies the key that verifies checkpoints. It is needed to verify an export elsewhere.
    """

    chains: int
    checkpoints: int
    events: int
    key_sha256: str
    problems: list[AuditProblem]
    valid: bool


class BackChannelSignOut(TypedDict):
    """Number of sessions that ended."""

    sessions: int


class Backend(TypedDict):
    """Key backend. `key_types` can be generated and used in it; `warnings` are problems that an operator must check.

    `owner` is the identity that creates and destroys keys; null if this installation does not use one.
    """

    identity: str | None
    key_types: list[str]
    kind: str
    name: str
    owner: str | None
    reason: str | None
    state: BackendState
    use: BackendUse
    version: str | None
    warnings: list[str]


class BackendPage(TypedDict):
    """`BackendPage`."""

    items: list[Backend]
    next_cursor: str | None


class BackendUse(TypedDict):
    """Use of a key backend by this server process. `milliseconds` is the median time of the last signatures.

    `minutes` are the minutes of the last hour in which the backend was used, oldest first.
    """

    failures: int
    last_error: str | None
    last_error_at: str | None
    milliseconds: float | None
    minutes: list[UseOfMinute]
    signatures: int


class BlockedKey(TypedDict):
    """Blocked key. `spki_sha256` is lower-case hex.

    `certificate` is the one whose revocation blocked the key; null if an operator blocked it.
    """

    blocked_at: str
    blocked_by: str
    certificate: str | None
    comment: str
    reason: BlockReason
    spki_sha256: str
    unblocked_at: str | None


class BlockedKeyBody(TypedDict):
    """`BlockedKeyBody`."""

    comment: NotRequired[str]
    """Reason for the block."""
    spki_sha256: str
    """SHA-256 of the SubjectPublicKeyInfo (DER) in hex."""


class BlockedKeyPage(TypedDict):
    """`BlockedKeyPage`."""

    items: list[BlockedKey]
    next_cursor: str | None


class BlockedKeyWithCertificates(TypedDict):
    """Blocked key with its certificates that are neither revoked nor expired, newest first. At most 200."""

    blocked_at: str
    blocked_by: str
    certificate: str | None
    certificates: list[str]
    comment: str
    reason: BlockReason
    spki_sha256: str
    unblocked_at: str | None


class BulkJob(TypedDict):
    """Bulk job. A failed job has changed nothing.

    `phase` is `checking` while rows are validated, then `working`.
    """

    action: BulkAction
    changed_at: str
    created_at: str
    id: str
    last_error: str | None
    phase: str
    requested_by: str
    rows: BulkRows
    state: JobState


class BulkRow(TypedDict):
    """Row of a bulk job.

    `number` counts from 1, `reference` is your own; `code` and `detail` say why a row was refused.
    """

    certificate: str | None
    code: str | None
    detail: str | None
    number: int
    reference: str | None
    state: BulkRowState


class BulkRowPage(TypedDict):
    """`BulkRowPage`."""

    items: list[BulkRow]
    next_cursor: str | None


class BulkRows(TypedDict):
    """Number of rows in each state."""

    checked: int
    done: int
    received: int
    refused: int
    total: int


class Ca(TypedDict):
    """Certificate authority. `keys` lists the current key first; `key_type` and `backend` are those of the current key.

    `policies` are the certificate policies set at creation. If empty, the policies of the profile apply.
    `end_entity_certificates` is whether the CA issues certificates to end entities. Other CAs sign CAs only.
    """

    backend: str | None
    end_entity_certificates: bool
    id: str
    key_type: str | None
    keys: list[CaKey]
    name: str
    name_constraints: NameConstraints
    not_after: str | None
    not_before: str | None
    parent: str | None
    path_length: int | None
    policies: list[CertificatePolicy]
    state: CaState
    subject: str


class CaBody(TypedDict):
    """`CaBody`."""

    backend: NotRequired[str | None]
    """Name of the key backend. Default: `default_key_backend`."""
    end_entity_certificates: NotRequired[bool | None]
    """Whether the CA issues certificates to end entities. `false` allows CA certificates only. Default: `false` for a
    root CA, `true` for other CAs. Permanent.
    """
    external_parent: NotRequired[bool]
    """Whether the parent CA is external. Get the CSR with `POST /cas/{ca}/csr`, then install the certificate."""
    key: NotRequired[str | None]
    """ID of a key created with `POST /keys`. Default: a new key."""
    key_type: NotRequired[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
    ]
    name: str
    name_constraints: NotRequired[NameConstraintsBody]
    parent: NotRequired[str | None]
    """ID or name of the parent CA. Default: none, for a root CA."""
    path_length: NotRequired[int | None]
    policies: NotRequired[list[CertificatePolicyBody]]
    """Certificate policies. Default: the policies of the profile. With `external_parent`, they are included in the CSR.
    """
    signature_algorithm: NotRequired[
        Literal[
            "RSA-SHA256",
            "RSA-SHA384",
            "RSA-SHA512",
            "RSA-PSS-SHA256",
            "RSA-PSS-SHA384",
            "RSA-PSS-SHA512",
            "ECDSA-SHA256",
            "ECDSA-SHA384",
            "ECDSA-SHA512",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
        ]
        | None
    ]
    """Signature algorithm of the CA key, for key types with a choice. Default: the usual algorithm of the key type."""
    subject: str
    """Distinguished name (RFC 4514), for example `CN=Root CA,O=Example`."""
    validity: NotRequired[str | Period | None]


class CaCertificate(TypedDict):
    """`CaCertificate`."""

    id: str
    kind: CertificateKind
    pem: str


class CaCount(TypedDict):
    """`CaCount`."""

    ca: str
    number: int


class CaHealth(TypedDict):
    """Health of a CA.

    `next_update` is the earliest `nextUpdate` of the CRLs of its current key; null if one is missing.
    """

    id: str
    name: str
    next_update: str | None
    not_after: str | None
    state: CaState


class CaKey(TypedDict):
    """Key of a CA. `number` counts from 1 within the CA and is part of its URLs; `switch_at` is the activation time."""

    backend: str
    backend_key_id: str
    certificates: list[CaCertificate]
    id: str
    key_type: str
    number: int
    signature_algorithm: str
    state: KeyState
    switch_at: str | None
    urls: StatusUrls


class CaKeyBody(TypedDict):
    """`CaKeyBody`."""

    backend: str
    """Name of the key backend."""
    key: NotRequired[str | None]
    """ID for the new key. Default: a new ID."""
    key_type: NotRequired[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
    ]


class CaKeyMade(TypedDict):
    """Key that is reserved for a CA, with the key of its OCSP signing certificate.

    `spki_sha256` is the hash of the CA key.
    """

    backend: str
    id: str
    key_type: str
    spki_sha256: str


class CaPage(TypedDict):
    """`CaPage`."""

    items: list[Ca]
    next_cursor: str | None


class CaRequest(TypedDict):
    """PKCS #10 request (RFC 2986) in PEM."""

    csr: str


class Certificate(TypedDict):
    """Certificate. `ignored_extensions` were requested in the CSR, but are not allowed by the profile."""

    ca: str
    fingerprint_sha256: str
    id: str
    ignored_extensions: list[Extension]
    key_type: str
    not_after: str
    not_before: str
    pem: str
    profile: str
    renewed_by: str | None
    renews: str | None
    requested_by: str
    revocation: Revocation | None
    sans: list[str]
    serial_number: str
    state: CertificateState
    subject: str


class CertificateBody(TypedDict):
    """`CertificateBody`."""

    ca: str
    """ID or name of the issuing CA."""
    csr: NotRequired[str | None]
    """PKCS #10 request (RFC 2986), PEM or Base64 DER."""
    fields: NotRequired[dict[str, str] | None]
    key_format: NotRequired[KeyForm | None]
    """Format of the generated key: PKCS #12 (`p12`) or encrypted PEM (`pem`). Default: `p12`."""
    key_type: NotRequired[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
        | None
    ]
    """Type of the key to generate, instead of `csr`."""
    passphrase: NotRequired[str | None]
    """Passphrase that encrypts the generated key, 8 to 128 printable ASCII characters. Required with `key_type`."""
    profile: str
    sans: NotRequired[list[str] | None]
    """Subject alternative names: `DNS:…`, `IP:…`, `email:…`, `URI:…`. Replace the names of the CSR."""
    subject: NotRequired[str | None]
    """Distinguished name (RFC 4514). Replaces the subject of the CSR."""
    validity: NotRequired[str | Period | None]


class CertificatePage(TypedDict):
    """`CertificatePage`."""

    items: list[Certificate]
    next_cursor: str | None


class CertificatePolicy(TypedDict):
    """Certificate policy. `cps` is the URL of the certification practice statement (RFC 5280 §4.2.1.4)."""

    cps: str | None
    oid: str


class CertificatePolicyBody(TypedDict):
    """Certificate policy (RFC 5280 §4.2.1.4)."""

    cps: NotRequired[str | None]
    """HTTP or HTTPS URL of the certification practice statement."""
    oid: str
    """Object identifier in dotted notation, for example `1.3.6.1.4.1.99999.1`."""


class CertificatePreview(TypedDict):
    """Preview of a certificate. `sound` is true if it could be issued.

    `certificate` is null if policy refuses it. The serial number is set at issuance.
    """

    certificate: DecodedObject | None
    findings: list[LintFinding]
    notes: list[str]
    refusals: list[Refusal]
    sound: bool


class CertificateRequest(TypedDict):
    """Certificate request. `plan` is exactly what will be signed, and `plan_sha256` is its hash.

    If the key is generated at collection, the plan contains no key hash before that. `approvals` is null if no approval
    is required. Lists do not include `comments`. `secret_delivered` is true after the generated key was returned.
    """

    approvals: Consents | None
    ca: str
    certificate: str | None
    changed_at: str
    comments: list[Comment]
    created_at: str
    csr: str | None
    expires_at: str
    id: str
    key_generated: bool
    key_type: str
    plan: dict[str, Any]
    plan_sha256: str
    profile: str
    profile_version: int
    reason: str | None
    renews: str | None
    requested_by: str
    requester_name: str
    risks: list[Risk]
    sans: list[str]
    secret_delivered: bool
    state: EnrollmentState
    subject: str
    team: str | None
    via: str


class CertificateRequestPage(TypedDict):
    """`CertificateRequestPage`."""

    items: list[CertificateRequest]
    next_cursor: str | None


class CertificateStatus(TypedDict):
    """Published status of a certificate. `ocsp` is null if no OCSP response is pre-signed.

    `crls` contains the full CRL and, if there is one, the partition of the certificate. With `no_rev_avail`, no
    revocation status is published for the certificate (RFC 9608).
    """

    crls: list[CrlStatus]
    no_rev_avail: bool
    ocsp: OcspStatus | None
    time: str


class Chain(TypedDict):
    """Certificate chain: the certificate first, the root last.

    `alternatives` are other chains, over cross-certificates or other keys of a parent CA.
    """

    alternatives: list[str]
    chain_pem: str


class Change(TypedDict):
    """`Change`."""

    action: str
    id: str
    kind: str


class ChangeList(TypedDict):
    """Changes of objects. Send `position` as `Last-Event-ID` to continue.

    `missed` is true if changes were lost: reload all data.
    """

    items: list[Change]
    missed: bool
    position: str


class CheckImportBody(TypedDict):
    """`CheckImportBody`."""

    certificate_chain: str
    """PEM certificate chain: the CA certificate, then the certificate of each issuer, the self-signed root last."""
    crl: NotRequired[str | None]
    """Last full CRL of the CA, PEM or Base64 DER."""
    key: NotRequired[KeySourceBody | None]
    name: str
    rows: NotRequired[list[HistoryRow]]


class ClockState(TypedDict):
    """Whether signatures can rely on the clock of this host.

    `time` is the current time of the server; `last_signature` is null before the first. If the state is `ahead` or
    `behind`, the clock is wrong and nothing is signed; `reason` says what to do.
    """

    last_signature: str | None
    reason: str | None
    state: Literal["ok", "ahead", "behind"]
    time: str


class CodeBody(TypedDict):
    """`CodeBody`."""

    code: str
    """Current 6-digit code of the authenticator app."""


class CollectBody(TypedDict):
    """`CollectBody`."""

    key_format: NotRequired[KeyForm]
    """Format of the key: PKCS #12 (`p12`) or encrypted PEM (`pem`)."""
    passphrase: str
    """Passphrase that encrypts the key, 8 to 128 printable ASCII characters."""


class Comment(TypedDict):
    """`Comment`."""

    at: str
    by: str
    name: str
    text: str


class CommentBody(TypedDict):
    """`CommentBody`."""

    text: str


class Consents(TypedDict):
    """Progress of an approval. `needed` is the highest number that any rule requires; approvers send `sha256`.

    `authors` submitted or edited the operation and cannot approve it.
    """

    approval: str
    authors: list[str]
    expires_at: str
    given: list[Given]
    needed: int
    overridden_by: str | None
    rules: list[Demand]
    sha256: str
    state: ApprovalState


class Credential(TypedDict):
    """An enrollment credential; its `id` is also that of its token, and the username, `kid`, or reference of clients.

    `url` is where clients enroll. `label` is the EST label in it, null for other protocols. `devices` is the number of
    devices in its list, 0 without one. A `single_use` credential admits one enrollment, at `used_at`. `server_keys`
    says whether EST clients may get private keys that the server generates. `pre_authorized` says whether ACME clients
    get permitted names without validation. `legacy_algorithms` says whether SCEP clients may use 3DES and SHA-1.
    `validator` is the service that validates SCEP challenges, null without one. `ra_certificate` is the ID of the
    certificate of a CMP registration authority, null without one.
    """

    cas: list[str] | None
    created_at: str
    created_by: str
    devices: int
    expires: str
    id: str
    label: str | None
    last_used_at: str | None
    legacy_algorithms: bool
    name: str
    names: list[str] | None
    owner: str
    pre_authorized: bool
    profiles: list[str] | None
    protocol: EnrollmentProtocol
    ra_certificate: str | None
    reach: Reach
    revoked_at: str | None
    role: str
    server_keys: bool
    single_use: bool
    team: str | None
    url: str
    used_at: str | None
    validator: str | None


class CredentialBody(TypedDict):
    """An enrollment credential. Its clients have at most the permissions of its role, the caller, and its owner."""

    ca: NotRequired[str | None]
    """CA that issues, by ID or name. Required except for ACME."""
    devices: NotRequired[list[str] | None]
    """Permitted devices: each item lists the serial numbers and names of one device, separated by commas. Default: no
    list. A SCEP credential with a list can be used repeatedly, one without it once.
    """
    expires: str
    """ISO 8601 duration from now, for example `P1Y`."""
    legacy_algorithms: NotRequired[bool]
    """Whether SCEP clients may use 3DES and SHA-1. Both are weak: others can read and forge the messages of such
    clients. Default: false.
    """
    name: str
    names: NotRequired[list[str] | None]
    """Permitted names, for example `DNS:example.com` with all below. Default: no limit."""
    pre_authorized: NotRequired[bool]
    """Whether ACME clients get certificates for the permitted names without validation. Anyone who has the key then
    gets them. Requires `names`. Default: false.
    """
    profile: NotRequired[str | None]
    """Certificate profile. Required except for ACME."""
    protocol: EnrollmentProtocol
    ra_certificate: NotRequired[str | None]
    """ID of the certificate with which a CMP registration authority signs the requests of devices. It must have the
    extended key usage id-kp-cmcRA. The credential then has no secret. Default: none.
    """
    role: NotRequired[str]
    server_keys: NotRequired[bool]
    """Whether EST clients may get private keys that the server generates. Default: false."""
    service_account: NotRequired[str | None]
    """Owner, a service account by ID or name. Default: the caller."""
    team: NotRequired[str | None]
    """Team of the new certificates, by ID or name."""
    validator: NotRequired[str | None]
    """Name of a table `[[scep_validators]]` in the settings: this service validates the challenges of SCEP clients, and
    the credential has no challenge of its own. Default: none.
    """


class CredentialDevice(TypedDict):
    """A permitted device: its serial numbers and names, in lower case."""

    identities: list[str]


class CredentialDevicePage(TypedDict):
    """`CredentialDevicePage`."""

    items: list[CredentialDevice]
    next_cursor: str | None


class CredentialPage(TypedDict):
    """`CredentialPage`."""

    items: list[Credential]
    next_cursor: str | None


class Crl(TypedDict):
    """Certificate revocation list. `key` is the issuer key that signed it.

    `base_number` is set in a delta CRL: the number of the full CRL that it extends. `shard` is the number of the
    partition; null for a CRL that covers all certificates of its key.
    """

    base_number: int | None
    ca: str
    entries: int
    id: str
    key: str
    next_update: str
    number: int
    pem: str
    shard: int | None
    this_update: str


class CrlBody(TypedDict):
    """`CrlBody`."""

    crl: str
    """Full CRL that was signed elsewhere, PEM or Base64 DER."""


class CrlPage(TypedDict):
    """`CrlPage`."""

    items: list[Crl]
    next_cursor: str | None


class CrlStatus(TypedDict):
    """Status in the newest full CRL and its delta CRL `delta_number`. `shard` is the number of a partition.

    `status` is unknown and `agrees` is null if an expired certificate is not listed, which RFC 5280 §3.3 allows.
    """

    agrees: bool | None
    delta_number: int | None
    late: bool
    next_update: str | None
    number: int | None
    reason: RevocationReason | None
    revoked_at: str | None
    shard: int | None
    status: CertStatus
    this_update: str


class CrossSignBody(TypedDict):
    """`CrossSignBody`."""

    csr: NotRequired[str | None]
    """PKCS #10 request of an external CA to cross-sign, instead of `subject_ca`."""
    name_constraints: NotRequired[NameConstraintsBody]
    path_length: NotRequired[int | None]
    subject_ca: NotRequired[str | None]
    """ID or name of the CA of this installation to cross-sign."""
    validity: NotRequired[str | Period | None]


class Dashboard(TypedDict):
    """Numbers of the objects that you can read. `valid_by_*` are sorted by number, highest first.

    `ending` is by week; `issued` and `revoked` are by day (UTC).
    """

    as_of: str
    by_state: dict[str, int]
    cas: list[CaHealth]
    ending: list[Span]
    failed_jobs: int | None
    issued: list[Span]
    revoked: list[Span]
    valid_by_ca: list[CaCount]
    valid_by_key_type: list[NamedCount]
    valid_by_profile: list[NamedCount]


class DecodeAnswer(TypedDict):
    """`DecodeAnswer`."""

    objects: list[DecodedObject]


class DecodeBody(TypedDict):
    """`DecodeBody`."""

    data: str
    """PEM with any number of blocks, or Base64 DER."""
    password: NotRequired[str | None]
    """Passphrase of a PKCS #12 file. Not stored."""


class DecodedExtension(TypedDict):
    """Decoded extension. `value` is in the syntax of the extension, or in hex if that is not known."""

    critical: bool
    name: str
    oid: str
    value: JsonValue


class DecodedKey(TypedDict):
    """`DecodedKey`."""

    size: int | None
    spki_sha256: str | None
    type: str


class DecodedObject(TypedDict):
    """Decoded object. Properties that its type does not have are null or empty.

    `details` holds what only this type has.
    """

    contents: list[DecodedObject]
    details: dict[str, JsonValue]
    extensions: list[DecodedExtension]
    fingerprint_sha1: str | None
    fingerprint_sha256: str | None
    issuer: str | None
    key: DecodedKey | None
    kind: ObjectKind
    label: str | None
    not_after: str | None
    not_before: str | None
    sans: list[str]
    serial_number: str | None
    signature_algorithm: str | None
    size: int
    subject: str | None
    version: int | None
    warnings: list[str]


class Demand(TypedDict):
    """Approval rule that must be met: it needs approvals from `needed` people, `missing` of them are still missing."""

    break_glass: bool
    missing: int
    needed: int
    roles: list[str]
    rule: str
    teams: list[str]


class DependantKey(TypedDict):
    """Key of a subordinate CA that chains to this key by `certificate`.

    `has_alternative_path` is true if it also has a chain that avoids this key.
    """

    ca: str
    ca_name: str
    certificate: str
    has_alternative_path: bool
    key: str
    number: int
    use: KeyUse


class DeviceApprovalBody(TypedDict):
    """`DeviceApprovalBody`."""

    expires: str
    """Lifetime as an ISO 8601 duration, for example `PT12H`."""
    role: str
    """Role of the token, with at most your own permissions."""
    user_code: str
    """Code that the command line shows, in upper or lower case, with or without the hyphen."""


class DeviceAuthorization(TypedDict):
    """Codes of a sign-in (RFC 8628 §3.2). `expires_in` and `interval` are in seconds."""

    device_code: str
    expires_in: int
    interval: int
    user_code: str
    verification_uri: str


class DeviceAuthorizationBody(TypedDict):
    """Request of a command line to sign in. The user sees these values before they confirm the code."""

    client_id: str
    """Name of the program, for example `pkim 1.0`."""
    expires: NotRequired[str | None]
    """Lifetime of the token as an ISO 8601 duration. Default: the user's choice."""
    host: str
    """Name of the machine that the program runs on."""
    role: NotRequired[str | None]
    """Role of the token. Default: the user's choice."""


class DeviceSignIn(TypedDict):
    """Sign-in of a command line. `client_id` and `host` are what it says about itself; `peer` is its address.

    `role` and `expires` (ISO 8601 duration) are what it requests for its token.
    """

    client_id: str
    created_at: str
    expires: str | None
    expires_at: str
    host: str
    peer: str | None
    role: str | None
    state: DeviceState


class DeviceToken(TypedDict):
    """API token of a sign-in (RFC 6749 §5.1). `access_token` is returned only once."""

    access_token: str
    expires_in: int
    role: str
    token_id: str
    token_type: Literal["Bearer"]


class DeviceTokenBody(TypedDict):
    """`DeviceTokenBody`."""

    device_code: str
    grant_type: NotRequired[Literal["urn:ietf:params:oauth:grant-type:device_code"]]


class EabKeyBody(TypedDict):
    """EAB key: the properties of a token without `permissions`.

    The key has the permissions of its role that ACME requires.
    """

    cas: NotRequired[list[str] | None]
    """IDs or names."""
    expires: str
    """Lifetime as an ISO 8601 duration, for example `P1Y`. The accounts of the key work until it ends."""
    name: str
    names: NotRequired[list[str] | None]
    """Names that the scope includes: `DNS:example.com` with its subdomains, `IP:10.0.0.0/8`, `email:example.com`."""
    open: NotRequired[bool]
    """Whether ACME clients can also register without EAB and act as the token of this key."""
    profiles: NotRequired[list[str] | None]
    reach: NotRequired[Reach]
    """Ownership scope: own objects, objects of the user's teams, or all objects."""
    role: NotRequired[str]
    service_account: NotRequired[str | None]
    """User or service account that owns the key, by ID or name. Default: you."""
    team: NotRequired[str | None]
    """Team that owns the objects created with the key, by ID or name."""


class Extension(TypedDict):
    """Certificate extension. `oid` is in dotted notation; `name` is its RFC name, or null if it is not known."""

    name: str | None
    oid: str


class Factors(TypedDict):
    """Second factors of a user. `recovery_codes` is the number of unused codes."""

    passkeys: list[Passkey]
    recovery_codes: int
    totp: bool


class Fault(TypedDict):
    """Problem of an import, in the form of `errors` in a problem document."""

    field: str
    message: str
    rule: str


class FieldError(TypedDict):
    """`FieldError`."""

    field: str
    """Name of the field, dotted if nested, for example `validity.not_after`."""
    message: str
    rule: str
    """Stable identifier of the rule."""


class Found(TypedDict):
    """Search result. `name` is the name of the object, `detail` distinguishes it, `state` is the state of its type."""

    detail: str
    id: str
    kind: FoundKind
    name: str
    state: str


class Given(TypedDict):
    """Approval by one person. `rules` are the approval rules that it counts for."""

    at: str
    by: str
    name: str
    rules: list[str]


class Giver(TypedDict):
    """Identity provider account whose rules granted a role or a team, and can remove it.

    `provider` is null if the settings no longer contain its issuer.
    """

    identity: str
    provider: str | None
    title: str


class Grant(TypedDict):
    """Permissions with their scope. Null means no limit."""

    cas: list[str] | None
    names: list[str] | None
    permissions: list[Permission]
    profiles: list[str] | None
    reach: Reach


class HistoryRow(TypedDict):
    """Certificate that the CA issued.

    Without `certificate`, the row is the revocation of a certificate that is no longer available.
    """

    certificate: NotRequired[str | None]
    """Certificate, PEM or Base64 DER."""
    expires_at: NotRequired[str | None]
    """When the certificate expires, if `certificate` is not set."""
    invalidity_date: NotRequired[str | None]
    profile: NotRequired[str | None]
    """Name of the profile that renewals use."""
    reason: NotRequired[str | None]
    """Revocation reason (RFC 5280 §5.3.1). `certificateHold` for a certificate on hold."""
    reference: NotRequired[str | None]
    """Identifier of the row for the caller, returned with its result."""
    revoked_at: NotRequired[str | None]
    serial_number: NotRequired[str | None]
    """Serial number in hex."""


class Identity(TypedDict):
    """Linked account at an identity provider. `provider` is null if the settings no longer contain its issuer.

    `removable` says whether you can unlink it. Administrators can unlink every account, and users their own unless a
    rule created it.
    """

    created_at: str
    id: str
    last_used_at: str | None
    provider: str | None
    removable: bool
    subject: str
    title: str


class IdentityList(TypedDict):
    """`IdentityList`."""

    items: list[Identity]


class ImportBody(TypedDict):
    """`ImportBody`."""

    certificate_chain: str
    """PEM certificate chain: the CA certificate, then the certificate of each issuer, the self-signed root last."""
    crl: NotRequired[str | None]
    """Last full CRL of the CA, PEM or Base64 DER."""
    name: str


class ImportCheck(TypedDict):
    """Result of an import check. `ready` is true if the CA, its key, and the rows have no problems.

    `status_urls` are the OCSP and CRL URLs in the certificates of the CA. Point them to this installation after the
    import.
    """

    ca: ImportedCa | None
    faults: list[Fault]
    ready: bool
    rows: list[ImportRow]
    status_urls: list[str]


class ImportRow(TypedDict):
    """`ImportRow`."""

    fault: Fault | None
    number: int
    reference: str | None


class ImportedCa(TypedDict):
    """Contents of the certificate and the CRL of an imported CA. `revocations` is the number of CRL entries."""

    crl_number: int | None
    crl_this_update: str | None
    key_type: str
    not_after: str
    not_before: str
    path_length: int | None
    revocations: int
    subject: str


class InstallBody(TypedDict):
    """`InstallBody`."""

    certificate_chain: str
    """PEM certificate chain: the new CA certificate, then the certificate of each issuer, the self-signed root last."""


class Invitation(TypedDict):
    """Invitation link that can be used: the user it is for, and until when."""

    display_name: str
    expires: str
    login: str


class InvitationBody(TypedDict):
    """`InvitationBody`."""

    password: str
    """New password, 12 to 128 characters. Common passwords are refused."""
    secret: str
    """Secret part of the invitation link, after `#`."""


class InvitationCheckBody(TypedDict):
    """`InvitationCheckBody`."""

    secret: str
    """Secret part of the invitation link, after `#`."""


class IssuerKey(TypedDict):
    """Issuer key: a key of a CA in its key backend. `ocsp_signer` is its OCSP signing certificate.

    `crl_next_update` is the earliest `nextUpdate` of its CRLs, including partitions; null if one is missing.
    `ocsp_next_update` is the earliest `nextUpdate` of its published OCSP responses; null before the first. `last_used`
    is when it last signed a certificate or a CRL. `rotation_due` is when two thirds of the validity period of its own
    certificate have passed. `crl_shards` above 1 is the number of partitions of its CRL, in addition to the full CRL.
    """

    backend: str
    backend_key_id: str
    ca: str
    ca_name: str
    created_at: str
    crl_next_update: str | None
    crl_shards: int
    id: str
    key_type: str
    last_used: str | None
    not_after: str | None
    number: int
    ocsp_key_id: str
    ocsp_next_update: str | None
    ocsp_signer: str | None
    ocsp_signer_not_after: str | None
    rotation_due: str | None
    signature_algorithm: str
    spki_sha256: str
    state: KeyState
    switch_at: str | None


class IssuerKeyPage(TypedDict):
    """`IssuerKeyPage`."""

    items: list[IssuerKey]
    next_cursor: str | None


class IssuerKeyWithUse(TypedDict):
    """Issuer key with `dependants`: the keys of CAs that chain to it, directly or not, nearest first."""

    backend: str
    backend_key_id: str
    ca: str
    ca_name: str
    created_at: str
    crl_next_update: str | None
    crl_shards: int
    dependants: list[DependantKey]
    id: str
    key_type: str
    last_used: str | None
    not_after: str | None
    number: int
    ocsp_key_id: str
    ocsp_next_update: str | None
    ocsp_signer: str | None
    ocsp_signer_not_after: str | None
    rotation_due: str | None
    signature_algorithm: str
    spki_sha256: str
    state: KeyState
    switch_at: str | None
    use: KeyUse


class Job(TypedDict):
    """`Job`."""

    changed_at: str
    created_at: str
    id: str
    kind: JobKind
    last_error: str | None
    payload: dict[str, str]
    run_at: str
    state: JobState
    tries: int


class JobPage(TypedDict):
    """`JobPage`."""

    items: list[Job]
    next_cursor: str | None


class KeyOperation(TypedDict):
    """`KeyOperation`."""

    algorithm: str
    backend: str
    key_id: str
    milliseconds: float
    operation_id: str
    tbs_sha256: str


class KeySourceBody(TypedDict):
    """Key of the CA: `private_key`, or a key that already exists in a key backend."""

    backend: NotRequired[str | None]
    """Name of the key backend. Default: `default_key_backend`."""
    backend_key_id: NotRequired[str | None]
    """ID of the key in the backend. For a PKCS #11 token the `CKA_ID`; binary IDs as `hex:01ab`."""
    passphrase: NotRequired[str | None]
    """Passphrase of `private_key`."""
    private_key: NotRequired[str | None]


class KeyUse(TypedDict):
    """Number of unexpired certificates that the key signed, revoked or not.

    `authorities` is the number of CA certificates.
    """

    authorities: int
    certificates: int
    last_not_after: str | None


class KeyedCertificate(TypedDict):
    """Certificate with its private key, if that was generated.

    `private_key` is returned only once, encrypted: a PKCS #12 file in Base64, or PEM. If the same request is repeated,
    it is null and `secret_delivered` is true. For a certificate from a CSR, it is null and `secret_delivered` is false.
    """

    ca: str
    fingerprint_sha256: str
    id: str
    ignored_extensions: list[Extension]
    key_type: str
    not_after: str
    not_before: str
    pem: str
    private_key: str | None
    profile: str
    renewed_by: str | None
    renews: str | None
    requested_by: str
    revocation: Revocation | None
    sans: list[str]
    secret_delivered: bool
    serial_number: str
    state: CertificateState
    subject: str


class LintAnswer(TypedDict):
    """`LintAnswer`."""

    lint_version: str
    objects: list[LintedObject]


class LintBody(TypedDict):
    """`LintBody`."""

    data: str
    """PEM with any number of blocks, or Base64 DER."""


class LintFinding(TypedDict):
    """`LintFinding`."""

    citation: str
    message: str
    rule: str
    severity: Severity
    where: str


class LintedObject(TypedDict):
    """`LintedObject`."""

    findings: list[LintFinding]
    kind: ObjectKind


class Me(TypedDict):
    """The caller and their permissions. `user` and `session` are null if the caller is not a user.

    `is_fresh` is true if sensitive operations require no further authentication.
    """

    id: str
    is_fresh: bool
    kind: ActorKind
    name: str
    permissions: list[str]
    role: str | None
    roles: list[str]
    security_notices: list[SecurityNotice]
    session: OwnSession | None
    user: User | None
    via: str


class NameConstraints(TypedDict):
    """`NameConstraints`."""

    excluded: list[str]
    permitted: list[str]


class NameConstraintsBody(TypedDict):
    """Name constraints (RFC 5280 §4.2.1.10).

    Subtrees are written as `DNS:example.com`, `IP:10.0.0.0/8`, `email:…`, `URI:…`, or `dirName:O=Example`.
    """

    excluded: NotRequired[list[str]]
    permitted: NotRequired[list[str]]


class NamedCount(TypedDict):
    """`NamedCount`."""

    name: str
    number: int


class NearEnd(TypedDict):
    """CA that expires within 90 days, or an object of the server that was not renewed in time.

    Such objects are CRLs, OCSP signing certificates, and TLS certificates. `ca` is the name of the CA; null for the TLS
    certificate of the server.
    """

    ca: str | None
    ends_at: str
    kind: EndKind


class NewAcmeCredential(TypedDict):
    """`kid` and `hmac_key` are for external account binding.

    `hmac_key` is base64url without padding. It is shown only once: null if the request is sent again.
    """

    cas: list[str] | None
    created_at: str
    created_by: str
    devices: int
    expires: str
    hmac_key: str | None
    id: str
    kid: str
    label: str | None
    last_used_at: str | None
    legacy_algorithms: bool
    name: str
    names: list[str] | None
    owner: str
    pre_authorized: bool
    profiles: list[str] | None
    protocol: Literal["acme"]
    ra_certificate: str | None
    reach: Reach
    revoked_at: str | None
    role: str
    server_keys: bool
    single_use: bool
    team: str | None
    url: str
    used_at: str | None
    validator: str | None


class NewCmpCredential(TypedDict):
    """`reference` is the senderKID, `secret` the shared secret. It is shown only once: null if sent again.

    It is also null for a credential with an `ra_certificate`.
    """

    cas: list[str] | None
    created_at: str
    created_by: str
    devices: int
    expires: str
    id: str
    label: str | None
    last_used_at: str | None
    legacy_algorithms: bool
    name: str
    names: list[str] | None
    owner: str
    pre_authorized: bool
    profiles: list[str] | None
    protocol: Literal["cmp"]
    ra_certificate: str | None
    reach: Reach
    reference: str
    revoked_at: str | None
    role: str
    secret: str | None
    server_keys: bool
    single_use: bool
    team: str | None
    url: str
    used_at: str | None
    validator: str | None


class NewEabKey(TypedDict):
    """External account binding (EAB) key (RFC 8555 §7.3.4) with its token. The `id` of the token is the key ID (`kid`).

    `hmac_key` is Base64url without padding and returned only once. If the same request is repeated, it is null and
    `secret_delivered` is true. The directory URL for clients is `{acme_url}/{CA}/{profile}/directory`.
    """

    acme_url: str
    cas: list[str] | None
    created_at: str
    created_by: str
    expires: str
    hmac_key: str | None
    id: str
    last_used_at: str | None
    name: str
    names: list[str] | None
    old_until: str | None
    owner: str
    permissions: list[Permission] | None
    prefix: str
    profiles: list[str] | None
    reach: Reach
    revoked_at: str | None
    role: str
    secret_delivered: bool
    team: str | None


class NewEstCredential(TypedDict):
    """`user` and `password` are for HTTP Basic. `password` is shown only once: null if the request is sent again."""

    cas: list[str] | None
    created_at: str
    created_by: str
    devices: int
    expires: str
    id: str
    label: str | None
    last_used_at: str | None
    legacy_algorithms: bool
    name: str
    names: list[str] | None
    owner: str
    password: str | None
    pre_authorized: bool
    profiles: list[str] | None
    protocol: Literal["est"]
    ra_certificate: str | None
    reach: Reach
    revoked_at: str | None
    role: str
    server_keys: bool
    single_use: bool
    team: str | None
    url: str
    used_at: str | None
    user: str
    validator: str | None


class NewScepCredential(TypedDict):
    """`challenge` is the challenge password. It is shown only once: null if the request is sent again.

    It is also null for a credential with a `validator`.
    """

    cas: list[str] | None
    challenge: str | None
    created_at: str
    created_by: str
    devices: int
    expires: str
    id: str
    label: str | None
    last_used_at: str | None
    legacy_algorithms: bool
    name: str
    names: list[str] | None
    owner: str
    pre_authorized: bool
    profiles: list[str] | None
    protocol: Literal["scep"]
    ra_certificate: str | None
    reach: Reach
    revoked_at: str | None
    role: str
    server_keys: bool
    single_use: bool
    team: str | None
    url: str
    used_at: str | None
    validator: str | None


class NewToken(TypedDict):
    """API token with its secret. `token` is returned only once.

    If the same request is repeated, it is null and `secret_delivered` is true.
    """

    cas: list[str] | None
    created_at: str
    created_by: str
    expires: str
    id: str
    last_used_at: str | None
    name: str
    names: list[str] | None
    old_until: str | None
    owner: str
    permissions: list[Permission] | None
    prefix: str
    profiles: list[str] | None
    reach: Reach
    revoked_at: str | None
    role: str
    secret_delivered: bool
    team: str | None
    token: str | None


class NewTotp(TypedDict):
    """Secret for an authenticator app, returned only once.

    It is given in Base32, as an `otpauth://` URI, and as a QR code (SVG element).
    """

    qr_svg: str
    secret: str
    uri: str


class NewUser(TypedDict):
    """User with the invitation link that they choose a password with."""

    expires: str | None
    secret_delivered: bool
    sign_in_url: str | None
    user: User


class Node(TypedDict):
    """Host of the installation. `leader` is true if one of its processes runs the scheduler.

    `last_seen` is the time of its last report, by its own clock. A host reports itself every 10 s; after 30 s without a
    report it counts as stopped. `published_lag_seconds` is the age of the oldest status change that the host has not
    published yet. It is 0 if there is none, and null if the host has published nothing.
    """

    last_seen: str
    leader: bool
    name: str
    published_lag_seconds: float | None


class Notice(TypedDict):
    """Condition that an operator must repair, with the commands to run in this order.

    `ca` is the name of the affected CA; null for the installation.
    """

    ca: str | None
    code: str
    commands: list[str]
    message: str


class OcspStatus(TypedDict):
    """Published OCSP status. `late` is true after its `next_update`; `agrees` is true if it matches the database."""

    agrees: bool | None
    late: bool
    next_update: str | None
    reason: RevocationReason | None
    revoked_at: str | None
    status: CertStatus
    this_update: str


class OneTimeLink(TypedDict):
    """Invitation link. `sign_in_url` is returned only once.

    If the same request is repeated, it is null and `secret_delivered` is true.
    """

    expires: str | None
    secret_delivered: bool
    sign_in_url: str | None


class OverrideBody(TypedDict):
    """`OverrideBody`."""

    reason: str
    """Why the operation cannot wait for the approvers."""
    sha256: str
    """SHA-256 of the operation that you approve. The response is 409 if the operation has changed."""


class OwnSession(TypedDict):
    """Session of this browser. `stage` says whether the sign-in is complete.

    `method` is how the user signed in: `password`, `passkey`, `oidc:NAME`, and so on, with the second factor after a
    `+`. At the stage `second-factor`, `second_factors` lists the accepted ones. At the next one, the user must set one
    up.

    Send `csrf_token` in the header `X-CSRF-Token` with every request that changes something. It changes after each
    authentication.
    """

    authenticated_at: str
    csrf_token: str
    ends: str
    id: str
    idle_seconds: int
    method: str
    second_factors: list[str]
    stage: Stage


class Part(TypedDict):
    """`Part`."""

    name: str
    reason: str | None
    state: str


class Passkey(TypedDict):
    """`Passkey`."""

    created_at: str
    id: str
    last_used_at: str | None
    name: str


class PasskeyBody(TypedDict):
    """`PasskeyBody`."""

    credential: dict[str, Any]
    """Response of the authenticator: `PublicKeyCredential.toJSON()` (WebAuthn Level 3 §5.1)."""
    name: str


class PasskeyNameBody(TypedDict):
    """`PasskeyNameBody`."""

    name: str


class PasskeyOptions(TypedDict):
    """WebAuthn options, valid for five minutes.

    Parse them with `PublicKeyCredential.parse…OptionsFromJSON` (WebAuthn Level 3 §5.1).
    """

    options: dict[str, Any]
    """Options in the JSON form of WebAuthn."""


class PasskeySignInBody(TypedDict):
    """`PasskeySignInBody`."""

    passkey: dict[str, Any]
    """Response of the authenticator: `PublicKeyCredential.toJSON()` (WebAuthn Level 3 §5.1)."""


class PasswordBody(TypedDict):
    """`PasswordBody`."""

    current_password: str
    new_password: str
    """New password, 12 to 128 characters. Common passwords are refused."""
    revoke_tokens: NotRequired[bool]
    """Whether to revoke your API tokens and EAB keys as well. Default: `false`."""


class PathCertificate(TypedDict):
    """`PathCertificate`."""

    fingerprint_sha256: str
    pem: str
    subject: str


class PathReason(TypedDict):
    """`PathReason`."""

    certificate: str
    code: str
    message: str


class Period(TypedDict):
    """Start and end of the validity period, both inclusive, truncated to whole seconds (RFC 5280 §4.1.2.5)."""

    not_after: str
    not_before: NotRequired[str | None]


class PermissionList(TypedDict):
    """`PermissionList`."""

    items: list[PermissionRow]


class PermissionRow(TypedDict):
    """Permission. `roles` are the built-in roles that include it, each with its ownership scope.

    `is_sensitive` is true if it requires re-authentication. `limits` are the scope properties that can restrict it in a
    custom role.
    """

    is_sensitive: bool
    limits: list[Limit]
    permission: Permission
    roles: dict[str, Reach]


class PersonBody(TypedDict):
    """`PersonBody`."""

    display_name: str
    email: NotRequired[str | None]
    role: Role


class Problem(TypedDict):
    """RFC 9457 problem document."""

    code: str
    """Stable error code for programs."""
    detail: str
    errors: list[FieldError]
    request_id: str
    status: int
    title: str
    type: str


class Profile(TypedDict):
    """Profile version with its definition and state."""

    critical: list[Literal["keyUsage", "extendedKeyUsage", "certificatePolicies"]]
    """Further extensions that are critical."""
    description: str
    """Description for people."""
    extended_key_usage: list[str]
    """Purposes as dotted OIDs (RFC 5280 §4.2.1.12)."""
    extensions: list[dict[str, Any]]
    """Further extensions of every certificate, only for the kind `end-entity`."""
    include_crl_url: bool
    """Whether certificates contain cRLDistributionPoints."""
    include_ocsp_url: bool
    """Whether certificates contain the URL of the OCSP responder."""
    key_reuse: Literal["allow", "same-owner", "refuse"]
    """Whether a key that an earlier certificate has may be certified again."""
    key_types: list[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
    ]
    """Key types that may be certified."""
    key_usage: list[
        Literal[
            "digitalSignature",
            "contentCommitment",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ]
    ]
    """KeyUsage bits (RFC 5280 §4.2.1.3)."""
    key_usage_ec: list[
        Literal[
            "digitalSignature",
            "contentCommitment",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ]
    ]
    """Additional bits for EC keys."""
    key_usage_rsa: list[
        Literal[
            "digitalSignature",
            "contentCommitment",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ]
    ]
    """Additional bits for RSA keys."""
    kind: Literal["end-entity", "ca", "root", "ocsp-responder", "registration-authority"]
    """Purpose of the certificates. The CA itself issues those of kind `ca`, `root`, `ocsp-responder`, and
    `registration-authority`.
    """
    lint: Literal["full", "rules"]
    """`full`: built-in rules and pkilint; `rules`: built-in rules."""
    lint_exceptions: list[dict[str, Any]]
    """Lint findings that are accepted, each with the reason."""
    name: str
    """Unique name, which cannot be changed."""
    no_rev_avail: bool
    """noRevAvail (RFC 9608): no revocation status is published."""
    ocsp_nocheck: bool
    """id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1), for OCSP responders."""
    path_length: int | None
    """Path length constraint of CA certificates."""
    policies: list[dict[str, Any]]
    """Certificate policies (RFC 5280 §4.2.1.4), each with the address of its practice statement."""
    public_tls: bool
    """Whether the lint rules of the CA/Browser Forum apply as well."""
    requestable_extensions: list[str]
    """Extensions that a request may contain. Their values are those of the profile."""
    requested_extensions: Literal["ignore", "refuse"]
    """Handling of other requested extensions."""
    sans: dict[str, Any]
    """Rules for the alternative names."""
    state: Literal["active", "retired"]
    """A retired profile issues nothing any more."""
    subject: dict[str, Any]
    """Rules for the distinguished name."""
    validity: dict[str, Any]
    """Rules for the validity period."""
    version: int
    """Version number, counted from 1."""


class ProfileDefinition(TypedDict):
    """Definition of a profile version. Durations are ISO 8601."""

    critical: NotRequired[list[Literal["keyUsage", "extendedKeyUsage", "certificatePolicies"]]]
    """Further extensions that are critical."""
    description: str
    """Description for people."""
    extended_key_usage: NotRequired[list[str]]
    """Purposes as dotted OIDs (RFC 5280 §4.2.1.12)."""
    extensions: NotRequired[list[dict[str, Any]]]
    """Further extensions of every certificate, only for the kind `end-entity`."""
    include_crl_url: NotRequired[bool]
    """Whether certificates contain cRLDistributionPoints."""
    include_ocsp_url: NotRequired[bool]
    """Whether certificates contain the URL of the OCSP responder."""
    key_reuse: NotRequired[Literal["allow", "same-owner", "refuse"]]
    """Whether a key that an earlier certificate has may be certified again."""
    key_types: list[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
    ]
    """Key types that may be certified."""
    key_usage: list[
        Literal[
            "digitalSignature",
            "contentCommitment",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ]
    ]
    """KeyUsage bits (RFC 5280 §4.2.1.3)."""
    key_usage_ec: NotRequired[
        list[
            Literal[
                "digitalSignature",
                "contentCommitment",
                "keyEncipherment",
                "dataEncipherment",
                "keyAgreement",
                "keyCertSign",
                "cRLSign",
                "encipherOnly",
                "decipherOnly",
            ]
        ]
    ]
    """Additional bits for EC keys."""
    key_usage_rsa: NotRequired[
        list[
            Literal[
                "digitalSignature",
                "contentCommitment",
                "keyEncipherment",
                "dataEncipherment",
                "keyAgreement",
                "keyCertSign",
                "cRLSign",
                "encipherOnly",
                "decipherOnly",
            ]
        ]
    ]
    """Additional bits for RSA keys."""
    kind: Literal["end-entity", "ca", "root", "ocsp-responder", "registration-authority"]
    """Purpose of the certificates. The CA itself issues those of kind `ca`, `root`, `ocsp-responder`, and
    `registration-authority`.
    """
    lint: NotRequired[Literal["full", "rules"]]
    """`full`: built-in rules and pkilint; `rules`: built-in rules."""
    lint_exceptions: NotRequired[list[dict[str, Any]]]
    """Lint findings that are accepted, each with the reason."""
    name: str
    """Unique name, which cannot be changed."""
    no_rev_avail: NotRequired[bool]
    """noRevAvail (RFC 9608): no revocation status is published."""
    ocsp_nocheck: NotRequired[bool]
    """id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1), for OCSP responders."""
    path_length: NotRequired[int | None]
    """Path length constraint of CA certificates."""
    policies: NotRequired[list[dict[str, Any]]]
    """Certificate policies (RFC 5280 §4.2.1.4), each with the address of its practice statement."""
    public_tls: NotRequired[bool]
    """Whether the lint rules of the CA/Browser Forum apply as well."""
    requestable_extensions: NotRequired[list[str]]
    """Extensions that a request may contain. Their values are those of the profile."""
    requested_extensions: NotRequired[Literal["ignore", "refuse"]]
    """Handling of other requested extensions."""
    sans: dict[str, Any]
    """Rules for the alternative names."""
    subject: dict[str, Any]
    """Rules for the distinguished name."""
    validity: dict[str, Any]
    """Rules for the validity period."""
    version: NotRequired[int]
    """Version number, counted from 1."""


class ProfilePage(TypedDict):
    """`ProfilePage`."""

    items: list[Profile]
    next_cursor: str | None


class ProfileTrialBody(TypedDict):
    """`ProfileTrialBody`."""

    csr: str
    """PKCS #10 request (RFC 2986), PEM or Base64 DER."""
    definition: ProfileDefinition


class ProofBody(TypedDict):
    """Proof of identity: set exactly one property."""

    passkey: NotRequired[dict[str, Any] | None]
    password: NotRequired[str | None]


class ProtocolState(TypedDict):
    """An enrollment protocol. `setting` is the name of the setting that switches it on and off."""

    enabled: bool
    protocol: EnrollmentProtocol
    setting: str


class ProtocolStateList(TypedDict):
    """`ProtocolStateList`."""

    items: list[ProtocolState]


class Provider(TypedDict):
    """`Provider`."""

    name: str
    title: str


class ProviderList(TypedDict):
    """`ProviderList`."""

    items: list[Provider]


class ProviderSignOut(TypedDict):
    """Sign-out at the identity provider. `url` is null if the provider does not offer it or the settings disable it."""

    url: str | None


class ReasonBody(TypedDict):
    """`ReasonBody`."""

    reason: str
    """Reason, visible to the requester and recorded in the audit log."""


class Recipe(TypedDict):
    """Configuration for one client, to paste.

    `source` is `tested` if the tests of PKI Manager run it, and `vendor` if it follows the documentation of the vendor.
    """

    client: str
    file: str
    label: str
    source: Literal["tested", "vendor"]
    text: str


class RecipeList(TypedDict):
    """Recipes with the values of a CA and a profile.

    `prepare` are the commands that trust the root certificate, which every recipe requires. `KEY_ID` and `HMAC_KEY` in
    texts stand for the EAB key.
    """

    directory: str
    items: list[Recipe]
    prepare: str


class RecoveryCodes(TypedDict):
    """Recovery codes, returned only once. Each code replaces the second factor once."""

    codes: list[str]


class Refusal(TypedDict):
    """Reason for a refusal, in the form of `errors` in a problem document."""

    field: str
    message: str
    rule: str


class RekeyBody(TypedDict):
    """`RekeyBody`."""

    csr: NotRequired[str | None]
    """PKCS #10 request (RFC 2986), PEM or Base64 DER."""
    key_format: NotRequired[KeyForm | None]
    """Format of the generated key: PKCS #12 (`p12`) or encrypted PEM (`pem`). Default: `p12`."""
    key_type: NotRequired[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
        | None
    ]
    """Type of the key to generate, instead of `csr`."""
    passphrase: NotRequired[str | None]
    """Passphrase that encrypts the generated key, 8 to 128 printable ASCII characters. Required with `key_type`."""
    validity: NotRequired[str | Period | None]


class Remark(TypedDict):
    """Finding about a profile. `field` is dotted, or `sample.<key type>` for a finding about a sample certificate."""

    field: str
    message: str
    rule: str
    severity: RemarkSeverity


class Remarks(TypedDict):
    """Findings about a profile. `sound` is true if none of them is an error."""

    remarks: list[Remark]
    sound: bool


class RenewalBody(TypedDict):
    """`RenewalBody`."""

    validity: NotRequired[str | Period | None]


class RequestApprovalBody(TypedDict):
    """`RequestApprovalBody`."""

    plan_sha256: str
    """SHA-256 of the plan that you approve. The response is 409 if the plan has changed."""


class RequestBody(TypedDict):
    """`RequestBody`."""

    ca: NotRequired[str | None]
    """ID or name of the issuing CA. Default: that of `renews`."""
    comment: NotRequired[str | None]
    """Comment for the approvers."""
    csr: NotRequired[str | None]
    """PKCS #10 request (RFC 2986), PEM or Base64 DER."""
    fields: NotRequired[dict[str, str] | None]
    key_type: NotRequired[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
        | None
    ]
    """Type of the key to generate when you collect the certificate, instead of `csr`."""
    profile: NotRequired[str | None]
    """Name of the profile. Default: that of `renews`."""
    renews: NotRequired[str | None]
    """ID of the certificate to renew. Values that are not set, including the key, are taken from it."""
    sans: NotRequired[list[str] | None]
    """Subject alternative names: `DNS:…`, `IP:…`, `email:…`, `URI:…`. Replace the names of the CSR."""
    subject: NotRequired[str | None]
    """Distinguished name (RFC 4514). Replaces the subject of the CSR."""
    validity: NotRequired[str | Period | None]


class RequestEditBody(TypedDict):
    """Changes to a certificate request. Properties that are not set keep their value."""

    fields: NotRequired[dict[str, str] | None]
    key_type: NotRequired[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
        | None
    ]
    """Type of the key to generate at collection."""
    plan_sha256: str
    """SHA-256 of the plan that you approve. The response is 409 if the plan has changed."""
    profile: NotRequired[str | None]
    sans: NotRequired[list[str] | None]
    """Subject alternative names: `DNS:…`, `IP:…`, `email:…`, `URI:…`. Replace the names of the CSR."""
    subject: NotRequired[str | None]
    validity: NotRequired[str | Period | None]


class Revocation(TypedDict):
    """`Revocation`."""

    invalidity_date: str | None
    reason: str
    time: str


class RevocationBody(TypedDict):
    """`RevocationBody`."""

    invalidity_date: NotRequired[str | None]
    """When the key was compromised (RFC 5280 §5.3.2)."""
    reason: NotRequired[RevocationReason]
    """Revocation reason (RFC 5280 §5.3.1)."""


class RevocationByKeyBody(TypedDict):
    """`RevocationByKeyBody`."""

    invalidity_date: NotRequired[str | None]
    """When the key was compromised (RFC 5280 §5.3.2)."""
    key: str
    """Public key, PEM or Base64 DER, or the SHA-256 of its SubjectPublicKeyInfo in hex."""
    reason: NotRequired[RevocationReason]
    """Revocation reason (RFC 5280 §5.3.1)."""


class RevokedByKey(TypedDict):
    """Every unexpired certificate of the key, with its state after the revocation."""

    certificates: list[Certificate]
    spki_sha256: str


class Risk(TypedDict):
    """Risk of a certificate request. `code` is stable: `name.new`, `name.wildcard`, `key.weak`, …, or `lint.<rule>`."""

    code: str
    field: str
    message: str
    weight: Weight


class RoleBody(TypedDict):
    """`RoleBody`."""

    cas: NotRequired[list[str] | None]
    """IDs or names."""
    description: NotRequired[str]
    name: str
    names: NotRequired[list[str] | None]
    """Names that the scope includes: `DNS:example.com` with its subdomains, `IP:10.0.0.0/8`, `email:example.com`."""
    permissions: list[Permission]
    profiles: NotRequired[list[str] | None]
    reach: NotRequired[Reach]
    """Ownership scope: own objects, objects of the user's teams, or all objects."""


class RoleDefinition(TypedDict):
    """`RoleDefinition`."""

    cas: NotRequired[list[str] | None]
    """IDs or names."""
    description: NotRequired[str]
    names: NotRequired[list[str] | None]
    """Names that the scope includes: `DNS:example.com` with its subdomains, `IP:10.0.0.0/8`, `email:example.com`."""
    permissions: list[Permission]
    profiles: NotRequired[list[str] | None]
    reach: NotRequired[Reach]
    """Ownership scope: own objects, objects of the user's teams, or all objects."""


class RoleDetails(TypedDict):
    """Newest version of a role: permissions and scope. Null means no limit."""

    cas: list[str] | None
    created_at: str
    description: str
    name: str
    names: list[str] | None
    permissions: list[Permission]
    profiles: list[str] | None
    reach: Reach
    state: RoleState
    version: int


class RoleGiven(TypedDict):
    """Role of a user. `grants` is empty for a retired role; `given_by` is null if a person assigned the role.

    `is_builtin` is true for the built-in role. Every user has exactly one.
    """

    given_by: Giver | None
    grants: list[Grant]
    is_builtin: bool
    name: str


class RolePage(TypedDict):
    """`RolePage`."""

    items: list[RoleDetails]
    next_cursor: str | None


class RoleWithHolders(TypedDict):
    """Role with `holders`: the IDs of the users that have it."""

    cas: list[str] | None
    created_at: str
    description: str
    holders: list[str]
    name: str
    names: list[str] | None
    permissions: list[Permission]
    profiles: list[str] | None
    reach: Reach
    state: RoleState
    version: int


class RotationBody(TypedDict):
    """`RotationBody`."""

    backend: NotRequired[str | None]
    """Name of the key backend. Default: the backend of the current key."""
    cross_certify: NotRequired[bool]
    """Whether the old and the new key of a root CA cross-certify each other (RFC 4210 §4.4)."""
    key: NotRequired[str | None]
    """ID of a key created with `POST /keys`. Default: a new key."""
    key_type: NotRequired[
        Literal[
            "RSA-2048",
            "RSA-3072",
            "RSA-4096",
            "ECDSA-P256",
            "ECDSA-P384",
            "ECDSA-P521",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-768",
            "ML-KEM-1024",
        ]
        | None
    ]
    """Type of the next key. Default: the type of the current key."""
    signature_algorithm: NotRequired[
        Literal[
            "RSA-SHA256",
            "RSA-SHA384",
            "RSA-SHA512",
            "RSA-PSS-SHA256",
            "RSA-PSS-SHA384",
            "RSA-PSS-SHA512",
            "ECDSA-SHA256",
            "ECDSA-SHA384",
            "ECDSA-SHA512",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
        ]
        | None
    ]
    """Signature algorithm of the next key. Default: that of the current key, or the usual one of another key type."""
    switch_at: NotRequired[str | None]
    """Activation time of the next key. Default: immediately."""
    validity: NotRequired[str | Period | None]


class SearchResult(TypedDict):
    """`SearchResult`."""

    items: list[Found]


class SecondFactorBody(TypedDict):
    """Second factor: set exactly one property."""

    passkey: NotRequired[dict[str, Any] | None]
    recovery_code: NotRequired[str | None]
    totp: NotRequired[str | None]


class SecurityNotice(TypedDict):
    """Condition of the user's account that the user must check.

    `second_factor_failed`: sign-ins with the password ended with a wrong second factor, `count` times. The notice ends
    when the password is changed, or 30 days after the last one.
    """

    code: Literal["second_factor_failed"]
    count: int
    last_at: str
    message: str


class ServiceAccount(TypedDict):
    """Service account. `user` and `team` are its owners."""

    created_at: str
    created_by: str
    id: str
    name: str
    role: str
    state: ServiceAccountState
    team: str | None
    user: str | None


class ServiceAccountBody(TypedDict):
    """Service account. Requires an owner: a user, a team, or both."""

    name: str
    role: str
    team: NotRequired[str | None]
    """ID or name."""
    user: NotRequired[str | None]
    """ID or username."""


class ServiceAccountPage(TypedDict):
    """`ServiceAccountPage`."""

    items: list[ServiceAccount]
    next_cursor: str | None


class Session(TypedDict):
    """Session. `ends` is when it ends, even if it is used."""

    agent: str
    authenticated_at: str
    created_at: str
    ends: str
    id: str
    last_seen_at: str
    method: str
    peer: str | None
    revoked_at: str | None
    user: str


class SessionPage(TypedDict):
    """`SessionPage`."""

    items: list[Session]
    next_cursor: str | None


class Setting(TypedDict):
    """Setting of this server process.

    `value` and `default` are text: durations in ISO 8601, lists separated by commas, URLs without passwords.
    """

    default: str
    meaning: str
    name: str
    source: Source
    value: str


class SettingList(TypedDict):
    """`SettingList`."""

    items: list[Setting]


class SignInBody(TypedDict):
    """`SignInBody`."""

    login: str
    password: str


class Span(TypedDict):
    """Number of certificates in a period: from `start` until before `end`."""

    end: str
    number: int
    start: str


class Status(TypedDict):
    """Components with their state. `notices` are conditions that do not stop the server but must be repaired.

    `near_ends` are CAs in your scope that expire soon, and objects that the server should have renewed. `nodes` are the
    hosts of the installation; the list is empty while the database is unavailable.
    """

    near_ends: list[NearEnd]
    nodes: list[Node]
    notices: list[Notice]
    parts: list[Part]
    ready: bool
    version: str


class StatusUrls(TypedDict):
    """`StatusUrls`."""

    certificate: str
    crl: str
    ocsp: str


class TakeOverBody(TypedDict):
    """`TakeOverBody`."""

    backend: NotRequired[str | None]
    """Name of the key backend. Default: `default_key_backend`."""
    backend_key_id: NotRequired[str | None]
    """ID of the key in the backend. For a PKCS #11 token the `CKA_ID`; binary IDs as `hex:01ab`."""
    passphrase: NotRequired[str | None]
    """Passphrase of `private_key`."""
    private_key: NotRequired[str | None]
    signature_algorithm: NotRequired[
        Literal[
            "RSA-SHA256",
            "RSA-SHA384",
            "RSA-SHA512",
            "RSA-PSS-SHA256",
            "RSA-PSS-SHA384",
            "RSA-PSS-SHA512",
            "ECDSA-SHA256",
            "ECDSA-SHA384",
            "ECDSA-SHA512",
            "Ed25519",
            "Ed448",
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
        ]
        | None
    ]
    """Signature algorithm of the key. Default: the usual one of the key type."""


class Team(TypedDict):
    """`Team`."""

    created_at: str
    created_by: str
    id: str
    name: str


class TeamBody(TypedDict):
    """`TeamBody`."""

    name: str


class TeamGiven(TypedDict):
    """Team of a user. `given_by` is null if a person added the user."""

    given_by: Giver | None
    id: str
    name: str


class TeamMember(TypedDict):
    """`TeamMember`."""

    login: str
    user: str


class TeamPage(TypedDict):
    """`TeamPage`."""

    items: list[Team]
    next_cursor: str | None


class TeamWithMembers(TypedDict):
    """`TeamWithMembers`."""

    created_at: str
    created_by: str
    id: str
    members: list[TeamMember]
    name: str


class Token(TypedDict):
    """API token. `prefix` is its public start, which identifies it.

    A token has the permissions of its role within its scope (null: no limit), and never more than its `owner`. After a
    rotation, the old secret is valid until `old_until`.
    """

    cas: list[str] | None
    created_at: str
    created_by: str
    expires: str
    id: str
    last_used_at: str | None
    name: str
    names: list[str] | None
    old_until: str | None
    owner: str
    permissions: list[Permission] | None
    prefix: str
    profiles: list[str] | None
    reach: Reach
    revoked_at: str | None
    role: str
    team: str | None


class TokenBody(TypedDict):
    """API token with at most your own permissions.

    `permissions` and the scope properties reduce what its role grants.
    """

    cas: NotRequired[list[str] | None]
    """IDs or names."""
    expires: str
    """Lifetime as an ISO 8601 duration, for example `P1D`."""
    name: str
    names: NotRequired[list[str] | None]
    """Names that the scope includes: `DNS:example.com` with its subdomains, `IP:10.0.0.0/8`, `email:example.com`."""
    permissions: NotRequired[list[Permission] | None]
    """Permissions of the token, each one from its role. Default: all permissions of the role."""
    profiles: NotRequired[list[str] | None]
    reach: NotRequired[Reach]
    """Ownership scope: own objects, objects of the user's teams, or all objects."""
    role: str
    service_account: NotRequired[str | None]
    """User or service account that owns the token, by ID or name. Default: you."""
    team: NotRequired[str | None]
    """Team that owns the objects created with the token, by ID or name."""


class TokenPage(TypedDict):
    """`TokenPage`."""

    items: list[Token]
    next_cursor: str | None


class TokenRotationBody(TypedDict):
    """`TokenRotationBody`."""

    overlap: str
    """Time for which the old secret stays valid, for example `PT1H`. At most 7 days."""


class UseOfMinute(TypedDict):
    """Use of a key backend in one minute.

    `milliseconds` is the mean signing time, `slowest` the longest; null for none.
    """

    failures: int
    milliseconds: float | None
    signatures: int
    slowest: float | None
    start: str


class User(TypedDict):
    """User. `origin` is the identity provider whose rules created the user and set the role; null for other users."""

    created_at: str
    created_by: str
    display_name: str
    email: str | None
    id: str
    last_sign_in_at: str | None
    login: str
    origin: str | None
    role: Role
    state: UserState


class UserBody(TypedDict):
    """`UserBody`."""

    display_name: str
    email: NotRequired[str | None]
    login: str
    """Username, unique. Letters a to z, digits, and the characters `. _ @ + -`."""
    role: Role


class UserCodeBody(TypedDict):
    """`UserCodeBody`."""

    user_code: str
    """Code that the command line shows, in upper or lower case, with or without the hyphen."""


class UserGrants(TypedDict):
    """Roles, teams, and resulting permissions of a user. They apply only while the user's `state` is `active`."""

    permissions: list[Permission]
    roles: list[RoleGiven]
    state: UserState
    teams: list[TeamGiven]
    user: str


class UserPage(TypedDict):
    """`UserPage`."""

    items: list[User]
    next_cursor: str | None


class VerifyAnswer(TypedDict):
    """Result of path validation. `path` starts with the certificate; if none is valid, it is the best invalid path."""

    path: list[PathCertificate]
    reasons: list[PathReason]
    valid: bool


class VerifyBody(TypedDict):
    """`VerifyBody`."""

    certificate: str
    """Certificate, PEM or Base64 DER."""
    crls: NotRequired[list[str]]
    intermediates: NotRequired[list[str]]
    """Intermediate certificates, in any order."""
    max_depth: NotRequired[int]
    """Maximum number of certificates in the path."""
    name: NotRequired[str | None]
    """Name that the certificate must contain, as `DNS:…` or `IP:…`."""
    strict: NotRequired[bool]
    """Whether lint errors make the path invalid, as reasons with the code `lint`."""
    time: NotRequired[str | None]
    """Time for which the path must be valid. Default: now."""
    trust_anchors: NotRequired[list[str] | None]
    """Trust anchors. Default: the root CAs of this installation."""
    usage: NotRequired[str | None]
    """Extended key usage that the path must allow: `serverAuth`, `clientAuth`, … or an OID."""


class Visit(TypedDict):
    """URL of the identity provider for this browser. The flow cannot be completed in another browser."""

    authorization_url: str


class VisitBody(TypedDict):
    """Purpose of an OpenID Connect flow. With `invitation`, the flow accepts that invitation."""

    invitation: NotRequired[str | None]
    purpose: NotRequired[Literal["sign-in", "prove", "link"]]


class VisitEndBody(TypedDict):
    """Query parameters that the browser brought back from the identity provider (RFC 6749 §4.1.2, RFC 9207)."""

    code: NotRequired[str | None]
    error: NotRequired[str | None]
    iss: NotRequired[str | None]
    state: str


class Waiting(TypedDict):
    """Operation that waits for approval. `Location` is the URL of the certificate request or the approval."""

    approval: Approval | None
    code: NotRequired[Literal["approval_needed"]]
    detail: str
    id: str
    request: CertificateRequest | None


AccountState: TypeAlias = Literal["valid", "deactivated", "revoked"]
"""The state of an account (RFC 8555 §7.1.6)."""

ActorKind: TypeAlias = Literal["anonymous", "local", "user", "token", "system"]
"""The kind of an actor."""

ApprovalState: TypeAlias = Literal["waiting", "approved", "executed", "rejected", "cancelled", "expired", "refused"]
"""State of an approval. `approved`: not run yet. `refused`: the operation could no longer run as approved."""

AuditFormat: TypeAlias = Literal["jsonl", "csv"]
"""Export format. `jsonl` can be verified offline with `pkim audit verify --in`; `csv` cannot be verified."""

BackendState: TypeAlias = Literal["available", "unavailable"]
"""The state of a key backend."""

BlockReason: TypeAlias = Literal["compromised", "operator"]
"""The reason why a key is blocked. `operator`: an operator blocked it.

`compromised`: a certificate of the key was revoked because of a compromise. The key stays blocked permanently.
"""

BulkAction: TypeAlias = Literal["issue", "renew", "revoke", "export", "import"]
"""What a bulk job does with each row."""

BulkRowState: TypeAlias = Literal["received", "checked", "done", "refused"]
"""State of a row. It is received, checked, and done, in this order; before it is done, it can be refused."""

CaState: TypeAlias = Literal["pending", "active", "suspended", "retired", "revoked", "expired", "external"]
"""The life cycle state of a CA."""

CertStatus: TypeAlias = Literal["good", "revoked", "unknown"]
"""The values of certificate status in OCSP."""

CertificateFormat: TypeAlias = Literal["pem", "der", "chain", "fullchain", "p7b", "p12", "jks", "zip"]
"""File format.

`chain` includes the chain up to a root; `fullchain` is the chain without the root, as for TLS servers.

After a root CA was rotated with cross-certification, both are valid with the old and the new root. `p7b` and `p12`
contain the chain, `jks` the CA certificates as a Java truststore, and `zip` one file of each format. No format contains
a private key.
"""

CertificateKind: TypeAlias = Literal["end-entity", "self-signed", "issued", "cross"]
"""Relation of a certificate to the CAs of this installation."""

CertificateState: TypeAlias = Literal["valid", "held", "revoked", "expired"]
"""The state of a certificate at a point in time."""

CrlFormat: TypeAlias = Literal["pem", "der"]

DeviceState: TypeAlias = Literal["pending", "approved", "denied", "completed"]
"""State of a device sign-in. `completed`: its token was delivered. Each sign-in delivers one token, once."""

EndKind: TypeAlias = Literal["ca", "crl", "ocsp_signer", "tls"]
"""The kind of an object that expires."""

EnrollmentProtocol: TypeAlias = Literal["acme", "est", "scep", "cmp"]
"""A protocol through which clients enroll. Its value is also the `via` of actors that use the protocol.

Such a client acts as the token of its credential; it is not known who holds the credential.
"""

EnrollmentState: TypeAlias = Literal[
    "received",
    "validating",
    "awaiting_approval",
    "ready",
    "issuing",
    "issued",
    "refused",
    "rejected",
    "cancelled",
    "expired",
    "failed",
]
"""The state of an enrollment."""

FoundKind: TypeAlias = Literal["ca", "certificate", "request", "user"]
"""The kind of an object that a search found."""

JobKind: TypeAlias = Literal[
    "issue_request",
    "publish_status",
    "publish_new_status",
    "publish_crl",
    "renew_ocsp_signer",
    "renew_scep_ra",
    "publish_ca_certificate",
    "destroy_key",
    "bulk",
    "validate_challenge",
]
"""Kind of a job. Each kind has one handler; running it twice must have the same effect as running it once."""

JobState: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled"]
"""The state of a background job."""

JsonValue: TypeAlias = Any

KeyForm: TypeAlias = Literal["p12", "p12-legacy", "pem"]
"""The format of a generated private key, always encrypted.

`p12-legacy` is for software that supports only 3DES and SHA-1.
"""

KeyState: TypeAlias = Literal["next", "current", "draining", "retired", "destroyed", "external"]
"""The life cycle state of an issuer key."""

Limit: TypeAlias = Literal["ca", "profile", "names", "reach"]
"""A dimension in which a grant can be limited."""

ObjectKind: TypeAlias = Literal[
    "certificate",
    "certificate-request",
    "crl",
    "ocsp-request",
    "ocsp-response",
    "pkcs7",
    "pkcs12",
    "public-key",
    "private-key",
    "encrypted-private-key",
]
"""The kinds of decoded objects."""

Operation: TypeAlias = Literal[
    "certificate.issue",
    "certificate.export_key",
    "certificate.bulk_file",
    "certificate.bulk_revoke",
    "ca.create",
    "ca.install",
    "ca.rotate",
    "ca.cross_sign",
    "ca.resume",
    "ca.retire",
    "ca.revoke",
    "key.destroy",
    "role.change",
    "profile.change",
    "approval_rules.change",
    "clock.accept",
]
"""Operation that approval rules can require approval for.

`certificate.export_key` returns a generated private key. `role.change` is every change of permissions or sign-in: roles
and their assignment, users, invitation links, second factors, service accounts, and team members.
"""

Outcome: TypeAlias = Literal["success", "refused", "failed"]
"""The outcome of the audited operation."""

Permission: TypeAlias = Literal[
    "ca:read",
    "ca:create",
    "ca:rotate",
    "ca:cross-sign",
    "ca:install",
    "ca:control",
    "ca:revoke",
    "certificate:read",
    "certificate:issue",
    "certificate:export-key",
    "certificate:revoke",
    "certificate:release",
    "certificate:delete",
    "request:read",
    "request:submit",
    "request:approve",
    "approval:read",
    "approval:approve",
    "approval:manage",
    "approval:override",
    "bulk:run",
    "crl:read",
    "crl:publish",
    "profile:create",
    "profile:update",
    "profile:retire",
    "profile:read",
    "key:read",
    "key:block",
    "key:destroy",
    "key:create",
    "user:read",
    "user:manage",
    "team:read",
    "team:manage",
    "role:read",
    "role:manage",
    "session:create",
    "session:read",
    "session:revoke",
    "token:read",
    "token:create",
    "token:revoke",
    "job:read",
    "job:control",
    "audit:read",
    "audit:accept",
    "backup:create",
    "metrics:read",
    "setting:read",
    "status:read",
    "clock:accept",
    "self:read",
    "self:update",
    "self:secure",
    "tools:use",
]
"""A permission, as `noun:verb`.

Every REST operation names one as `x-permission`, and every use case requires the same one.
"""

Reach: TypeAlias = Literal["own", "team", "all"]
"""Ownership scope: the user's own objects, own objects and those of the user's teams, or all objects."""

RemarkSeverity: TypeAlias = Literal["error", "warning", "notice"]
"""Severity of a finding about a profile.

`error`: the profile is refused. `warning`: the profile works, but should be checked. `notice`: information.
"""

RevocationReason: TypeAlias = Literal[
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
]
"""Revocation reason (CRLReason) by its RFC 5280 §5.3.1 name.

`aACompromise` applies to attribute certificates. It is accepted in imported CRLs and cannot be set here.
"""

Role: TypeAlias = Literal["administrator", "ca-operator", "registration-authority", "requester", "auditor"]
"""Built-in role. Custom roles have other names."""

RoleState: TypeAlias = Literal["active", "retired"]
"""The state of a custom role."""

Rules: TypeAlias = list[dict[str, Any]]
"""Approval rules. An operation must meet every rule that applies to it."""

ServiceAccountState: TypeAlias = Literal["active", "disabled"]
"""The state of a service account."""

Severity: TypeAlias = Literal["error", "warning", "notice"]
"""Severity of a lint finding. `error` violates a MUST, and the object is not signed; `warning` violates a SHOULD.

`notice` is information only.
"""

Source: TypeAlias = Literal["default", "file", "environment"]
"""The source of the value of a setting."""

Stage: TypeAlias = Literal["second-factor", "second-factor-setup", "active"]
"""Stage of a sign-in. `second-factor`: a second factor is required.

`second-factor-setup`: the user must set up a second factor first. `active`: signed in.
"""

UserState: TypeAlias = Literal["invited", "active", "disabled"]
"""State of a user. An `invited` user has not accepted the invitation and has no way to sign in."""

Weight: TypeAlias = Literal["warning", "notice"]
"""How serious a risk is for approvers."""
