"""Message types and states of SCEP (RFC 8894 §3.2)."""

from __future__ import annotations

from enum import StrEnum

NONCE_OCTETS = 16


class MessageType(StrEnum):
    """Values of the messageType attribute (RFC 8894 §3.2.1.2): decimal numbers as text."""

    CERT_REP = "3"
    RENEWAL_REQ = "17"
    PKCS_REQ = "19"
    CERT_POLL = "20"
    GET_CERT = "21"
    GET_CRL = "22"


class PkiStatus(StrEnum):
    """Values of the pkiStatus attribute (RFC 8894 §3.2.1.3)."""

    SUCCESS = "0"
    FAILURE = "2"
    PENDING = "3"


class FailInfo(StrEnum):
    """Values of the failInfo attribute (RFC 8894 §3.2.1.4)."""

    BAD_ALG = "0"
    BAD_MESSAGE_CHECK = "1"
    BAD_REQUEST = "2"
    BAD_TIME = "3"
    BAD_CERT_ID = "4"
