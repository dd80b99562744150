"""Object identifiers and numbers of CMP (RFC 9810 appendix F, RFC 9481)."""

from __future__ import annotations

from enum import IntEnum


class BodyType(IntEnum):
    """The kinds of messages that a server reads or writes: the tags of PKIBody (RFC 9810 §5.1.2)."""

    IR = 0
    IP = 1
    CR = 2
    CP = 3
    P10CR = 4
    KUR = 7
    KUP = 8
    RR = 11
    RP = 12
    PKI_CONF = 19
    GENM = 21
    GENP = 22
    ERROR = 23
    CERT_CONF = 24
    POLL_REQ = 25
    POLL_REP = 26


class CmpStatus(IntEnum):
    """The values of PKIStatus (RFC 9810 §5.2.3) that the server uses."""

    ACCEPTED = 0
    GRANTED_WITH_MODS = 1
    REJECTION = 2
    WAITING = 3


class FailureInfo(IntEnum):
    """The bits of PKIFailureInfo (RFC 9810 §5.2.3)."""

    BAD_ALG = 0
    BAD_MESSAGE_CHECK = 1
    BAD_REQUEST = 2
    BAD_TIME = 3
    BAD_CERT_ID = 4
    BAD_DATA_FORMAT = 5
    WRONG_AUTHORITY = 6
    INCORRECT_DATA = 7
    MISSING_TIME_STAMP = 8
    BAD_POP = 9
    CERT_REVOKED = 10
    CERT_CONFIRMED = 11
    WRONG_INTEGRITY = 12
    BAD_RECIPIENT_NONCE = 13
    BAD_SENDER_NONCE = 18
    BAD_CERT_TEMPLATE = 19
    SIGNER_NOT_TRUSTED = 20
    TRANSACTION_ID_IN_USE = 21
    UNSUPPORTED_VERSION = 22
    NOT_AUTHORIZED = 23
    SYSTEM_UNAVAIL = 24
    SYSTEM_FAILURE = 25
    DUPLICATE_CERT_REQ = 26


_INFO_TYPES = "1.3.6.1.5.5.7.4"
CURRENT_CRL = f"{_INFO_TYPES}.6"
IMPLICIT_CONFIRM = f"{_INFO_TYPES}.13"
CONFIRM_WAIT_TIME = f"{_INFO_TYPES}.14"
CA_CERTS = f"{_INFO_TYPES}.17"
ROOT_CA_KEY_UPDATE = f"{_INFO_TYPES}.18"
CERT_REQ_TEMPLATE = f"{_INFO_TYPES}.19"
ROOT_CA_CERT = f"{_INFO_TYPES}.20"
CRL_STATUS_LIST = f"{_INFO_TYPES}.22"
CRLS = f"{_INFO_TYPES}.23"

OLD_CERT_ID = "1.3.6.1.5.5.7.5.1.5"

PASSWORD_BASED_MAC = "1.2.840.113533.7.66.13"
PBMAC1 = "1.2.840.113549.1.5.14"
PBKDF2 = "1.2.840.113549.1.5.12"

HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Names of the supported hash functions, by object identifier."""

HMACS = {
    "1.3.6.1.5.5.8.1.2": "sha1",
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
"""Names of the hash functions of supported HMACs, by the object identifier of the HMAC.

HMAC-SHA-1 is the default of OpenSSL's client, and is not broken as a MAC.
"""
