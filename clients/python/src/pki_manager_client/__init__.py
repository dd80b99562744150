"""Client of the PKI Manager REST API."""

from pki_manager_client import codes, models
from pki_manager_client.client import Client
from pki_manager_client.core import Retries
from pki_manager_client.errors import (
    ApiError,
    ClientError,
    ConnectionFailed,
    FieldError,
    RequestEnded,
    TrustError,
    WaitingForApproval,
)
from pki_manager_client.trust import fetch_root

__all__ = [
    "ApiError",
    "Client",
    "ClientError",
    "ConnectionFailed",
    "FieldError",
    "RequestEnded",
    "Retries",
    "TrustError",
    "WaitingForApproval",
    "codes",
    "fetch_root",
    "models",
]
