"""The standing profiles: what an installation can issue from its first start."""

from __future__ import annotations

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.duration import Duration
from pki_manager.domain.names import NameKind
from pki_manager.domain.profile import (
    CLIENT_AUTH,
    OCSP_SIGNING,
    SERVER_AUTH,
    CommonName,
    Profile,
    ProfileKind,
    SanRule,
    SubjectRule,
    ValidityRule,
)

# Every type of the table. RSA-2048's 112 bits end in 2030 (SP 800-57 part 1, table 4): installations with no old client
# to serve can drop it in a profile of their own.
_KEYS = tuple(KEY_TYPES)

_SUBJECT = ("C", "ST", "L", "O", "OU", "CN", "serialNumber")

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
    version=1,
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
    version=1,
    kind=ProfileKind.END_ENTITY,
    description="People, services and devices that authenticate as TLS clients",
    key_types=_KEYS,
    subject=SubjectRule(attributes=(*_SUBJECT, "emailAddress", "UID"), common_name=CommonName.FREE),
    sans=SanRule(kinds=(NameKind.DNS, NameKind.EMAIL, NameKind.URI)),
    validity=ValidityRule(default=_days(90), maximum=_days(398), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(CLIENT_AUTH,),
)

# Its own status cannot be asked of itself: RFC 6960 §4.2.2.2.1 offers id-pkix-ocsp-nocheck with a short life instead.
OCSP_RESPONDER = Profile(
    name="ocsp-responder",
    version=1,
    kind=ProfileKind.OCSP_RESPONDER,
    description="The delegated OCSP responder of a CA key",
    key_types=_KEYS,
    subject=SubjectRule(attributes=_SUBJECT, required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_days(30), maximum=_days(90), backdate=_SKEW),
    key_usage=("digitalSignature",),
    extended_key_usage=(OCSP_SIGNING,),
    crl_pointer=False,
    ocsp_pointer=False,
    ocsp_nocheck=True,
)

ISSUING_CA = Profile(
    name="issuing-ca",
    version=1,
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
    version=1,
    kind=ProfileKind.ROOT,
    description="Self-signed trust anchors",
    key_types=_KEYS,
    subject=SubjectRule(attributes=(*_SUBJECT, "DC"), required=("CN",)),
    sans=SanRule(kinds=(), maximum=0),
    validity=ValidityRule(default=_years(10), maximum=_years(25), backdate=_SKEW),
    key_usage=_CA_USAGE,
    crl_pointer=False,
    ocsp_pointer=False,
)

STANDING = (TLS_SERVER, TLS_CLIENT, OCSP_RESPONDER, ISSUING_CA, ROOT_CA)
