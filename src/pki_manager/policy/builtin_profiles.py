"""The built-in certificate profiles."""

from __future__ import annotations

from pki_manager.domain.algorithms import Use, list_signing_key_types
from pki_manager.domain.duration import Duration
from pki_manager.domain.names import NameKind
from pki_manager.domain.other_names import NTDS_REPLICATION, UPN
from pki_manager.domain.profiles.extensions import TEMPLATE_NAME, CustomExtension, ExtensionType
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import (
    CLIENT_AUTH,
    CMC_RA,
    CODE_SIGNING,
    DOCUMENT_SIGNING,
    EMAIL_PROTECTION,
    OCSP_SIGNING,
    PKINIT_KDC,
    SERVER_AUTH,
    SMART_CARD_LOGON,
    TIME_STAMPING,
    CommonName,
    Criticality,
    ProfileKind,
    SanRule,
    SubjectRule,
    ValidityRule,
)

# Every type that signs, for all of these profiles ask for signatures. RSA-2048's 112 bits end in 2030 (SP 800-57 part
# 1, table 4): installations with no old client to serve can drop it in a profile of their own.
_KEYS = list_signing_key_types(Use.CA)

_SUBJECT = ("C", "ST", "L", "O", "OU", "CN", "serialNumber")
_PERSON = (*_SUBJECT, "GN", "SN", "title", "pseudonym", "emailAddress")

# A client whose clock is a little behind must not see "not yet valid". Hosts that keep time by NTP stay well inside a
# minute, and every second of backdating is one that the certificate claims for a time in which it did not exist.
_SKEW = Duration(0, 60)

# A CA certificate needs no more: its responders are delegated (RFC 6960 §4.2.2.2), so the CA's key signs certificates
# and CRLs only, and digitalSignature would allow what it never does (RFC 5280 §4.2.1.3).
_CA_USAGE = ("keyCertSign", "cRLSign")


def _days(count: int) -> Duration:
    return Duration(0, count * 86400)


def _years(count: int) -> Duration:
    return Duration(count * 12, 0)


TLS_SERVER = Profile(
    name="tls-server",
    kind=ProfileKind.END_ENTITY,
    description="Servers that speak TLS",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, common_name=CommonName.FROM_SANS),
    sans=SanRule(kinds=(NameKind.DNS, NameKind.IP), minimum=1, wildcards=True),
    validity=ValidityRule(default=_days(90), maximum=_days(398), backdate=_SKEW),
    key_usage=("digitalSignature",),
    key_usage_rsa=("keyEncipherment",),
    extended_key_usage=(SERVER_AUTH,),
)

TLS_CLIENT = Profile(
    name="tls-client",
    kind=ProfileKind.END_ENTITY,
    description="People, services and devices that authenticate as TLS clients",
    key_types=_KEYS,
    subject=SubjectRule(attributes=(*_SUBJECT, "emailAddress", "UID"), common_name=CommonName.FREE),
    sans=SanRule(kinds=(NameKind.DNS, NameKind.EMAIL, NameKind.URI)),
    validity=ValidityRule(default=_days(90), maximum=_days(398), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(CLIENT_AUTH,),
)

TLS_MUTUAL = Profile(
    name="tls-mutual",
    kind=ProfileKind.END_ENTITY,
    description="Services that are TLS servers and clients of each other",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, common_name=CommonName.FROM_SANS),
    sans=SanRule(kinds=(NameKind.DNS, NameKind.IP, NameKind.URI), minimum=1),
    validity=ValidityRule(default=_days(90), maximum=_days(398), backdate=_SKEW),
    key_usage=("digitalSignature",),
    key_usage_rsa=("keyEncipherment",),
    extended_key_usage=(SERVER_AUTH, CLIENT_AUTH),
)

CODE_SIGNER = Profile(
    name="code-signing",
    kind=ProfileKind.END_ENTITY,
    description="Publishers that sign programs, packages and scripts",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, required=("CN",)),
    sans=SanRule(kinds=(NameKind.EMAIL, NameKind.URI)),
    validity=ValidityRule(default=_years(1), maximum=_years(3), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(CODE_SIGNING,),
)

# RFC 8550 §3: the address is an rfc822Name. Who writes to an RSA key enciphers a content key to it, who writes to an EC
# key agrees on one (RFC 3279 §2.3.1, RFC 5480 §3); EdDSA and ML-DSA keys can only sign.
EMAIL = Profile(
    name="email",
    kind=ProfileKind.END_ENTITY,
    description="Mailboxes that sign and decrypt S/MIME mail",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_PERSON),
    sans=SanRule(kinds=(NameKind.EMAIL,), minimum=1, maximum=10),
    validity=ValidityRule(default=_years(1), maximum=_years(2), backdate=_SKEW),
    key_usage=("digitalSignature",),
    key_usage_rsa=("keyEncipherment",),
    key_usage_ec=("keyAgreement",),
    extended_key_usage=(EMAIL_PROTECTION,),
)

# RFC 3161 §2.3: the purpose alone, and critical.
TIMESTAMPER = Profile(
    name="timestamping",
    kind=ProfileKind.END_ENTITY,
    description="Time-stamping authorities",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_years(3), maximum=_years(10), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(TIME_STAMPING,),
    critical=(Criticality.KEY_USAGE, Criticality.EXTENDED_KEY_USAGE),
)

DOCUMENT_SIGNER = Profile(
    name="document-signing",
    kind=ProfileKind.END_ENTITY,
    description="People and departments that sign documents",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_PERSON, required=("CN",)),
    sans=SanRule(kinds=(NameKind.EMAIL,), maximum=10),
    validity=ValidityRule(default=_years(1), maximum=_years(3), backdate=_SKEW),
    # A signed document binds its signer: that is what contentCommitment says (RFC 5280 §4.2.1.3).
    key_usage=("digitalSignature", "contentCommitment"),
    extended_key_usage=(DOCUMENT_SIGNING,),
)

DEVICE = Profile(
    name="device",
    kind=ProfileKind.END_ENTITY,
    description="Devices that authenticate to networks, brokers and management",
    key_types=_KEYS,
    subject=SubjectRule(attributes=(*_SUBJECT, "UID", "dnQualifier"), required=("CN",)),
    sans=SanRule(kinds=(NameKind.DNS, NameKind.IP, NameKind.URI)),
    validity=ValidityRule(default=_years(1), maximum=_years(3), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(CLIENT_AUTH,),
)

# RFC 5216 §5.2: the peer's identity is an alternative name. Windows looks for a user principal name.
DOT1X_CLIENT = Profile(
    name="802.1x-client",
    kind=ProfileKind.END_ENTITY,
    description="Devices and people that sign in to wired and wireless networks with EAP-TLS",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, common_name=CommonName.FROM_SANS),
    sans=SanRule(kinds=(NameKind.DNS, NameKind.EMAIL, NameKind.OTHER), minimum=1, maximum=10, other_names=(UPN,)),
    validity=ValidityRule(default=_years(1), maximum=_years(2), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(CLIENT_AUTH,),
)

# What Windows requires of a domain controller's certificate from a CA other than AD CS: both TLS purposes, the name of
# the version 1 template, the DNS name, and for replication by mail the GUID. Smart card logon and PKINIT need the other
# two purposes (RFC 4556 §3.2.4). Windows has no EdDSA and ML-DSA keys.
DOMAIN_CONTROLLER = Profile(
    name="domain-controller",
    kind=ProfileKind.END_ENTITY,
    description="Domain controllers of Active Directory",
    key_types=("RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"),
    subject=SubjectRule(attributes=_SUBJECT, common_name=CommonName.FROM_SANS),
    sans=SanRule(kinds=(NameKind.DNS, NameKind.OTHER), minimum=1, maximum=10, other_names=(NTDS_REPLICATION,)),
    validity=ValidityRule(default=_days(365), maximum=_days(398), backdate=_SKEW),
    key_usage=("digitalSignature",),
    key_usage_rsa=("keyEncipherment",),
    extended_key_usage=(SERVER_AUTH, CLIENT_AUTH, PKINIT_KDC, SMART_CARD_LOGON),
    extensions=(CustomExtension(TEMPLATE_NAME, ExtensionType.BMP_STRING, "DomainController"),),
)

# RFC 9608: the certificate expires before a CRL or an OCSP response could publish its revocation.
SHORT_LIVED = Profile(
    name="short-lived",
    kind=ProfileKind.END_ENTITY,
    description="Workloads that get a new certificate every day instead of being revoked",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, common_name=CommonName.FROM_SANS),
    sans=SanRule(kinds=(NameKind.DNS, NameKind.IP, NameKind.URI), minimum=1),
    validity=ValidityRule(default=_days(1), maximum=_days(7), backdate=_SKEW),
    key_usage=("digitalSignature",),
    key_usage_rsa=("keyEncipherment",),
    extended_key_usage=(SERVER_AUTH, CLIENT_AUTH),
    include_crl_url=False,
    include_ocsp_url=False,
    no_rev_avail=True,
)

# Its own status cannot be asked of itself: RFC 6960 §4.2.2.2.1 offers id-pkix-ocsp-nocheck with a short life instead.
OCSP_RESPONDER = Profile(
    name="ocsp-responder",
    kind=ProfileKind.OCSP_RESPONDER,
    description="The delegated OCSP responder of a CA key",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_days(30), maximum=_days(90), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(OCSP_SIGNING,),
    include_crl_url=False,
    include_ocsp_url=False,
    ocsp_nocheck=True,
)

# RFC 8894 §2.1.2: clients encrypt requests to this certificate, and verify responses with it. Its key is RSA, for SCEP
# clients know no other key to encrypt to.
SCEP_RA = Profile(
    name="scep-ra",
    kind=ProfileKind.REGISTRATION_AUTHORITY,
    description="The SCEP registration authority of a CA",
    key_types=("RSA-2048", "RSA-3072", "RSA-4096"),
    subject=SubjectRule(attributes=_SUBJECT, required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_years(1), maximum=_years(2), backdate=_SKEW),
    key_usage=("digitalSignature",),
    key_usage_rsa=("keyEncipherment",),
    extended_key_usage=(CMC_RA,),
)

CMP_RESPONDER = Profile(
    name="cmp-responder",
    kind=ProfileKind.REGISTRATION_AUTHORITY,
    description="The signer of CMP responses of a CA",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_days(90), maximum=_days(366), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(CMC_RA,),
)

ISSUING_CA = Profile(
    name="issuing-ca",
    kind=ProfileKind.CA,
    description="CAs below a root that issue to end entities",
    key_types=_KEYS,
    subject=SubjectRule(attributes=(*_SUBJECT, "DC"), required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_years(5), maximum=_years(10), backdate=_SKEW),
    key_usage=_CA_USAGE,
    path_length=0,
)

ROOT_CA = Profile(
    name="root-ca",
    kind=ProfileKind.ROOT,
    description="Self-signed trust anchors",
    key_types=_KEYS,
    subject=SubjectRule(attributes=(*_SUBJECT, "DC"), required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_years(10), maximum=_years(25), backdate=_SKEW),
    key_usage=_CA_USAGE,
    include_crl_url=False,
    include_ocsp_url=False,
)

# A cross-certificate expires with the certified key or with its issuer: the requester sets the time.
CROSS_CA = Profile(
    name="cross-ca",
    kind=ProfileKind.CA,
    description="A CA's key certified by another CA key",
    key_types=_KEYS,
    subject=SubjectRule(attributes=(*_SUBJECT, "DC"), required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_years(5), maximum=_years(25), backdate=_SKEW),
    key_usage=_CA_USAGE,
)

BUILTIN_PROFILES = (
    TLS_SERVER,
    TLS_CLIENT,
    TLS_MUTUAL,
    CODE_SIGNER,
    EMAIL,
    TIMESTAMPER,
    DOCUMENT_SIGNER,
    DEVICE,
    DOT1X_CLIENT,
    DOMAIN_CONTROLLER,
    SHORT_LIVED,
    OCSP_RESPONDER,
    SCEP_RA,
    CMP_RESPONDER,
    ISSUING_CA,
    ROOT_CA,
    CROSS_CA,
)
