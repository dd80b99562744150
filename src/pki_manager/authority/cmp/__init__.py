"""Use cases of CMP (RFC 9810): requests, polling, confirmation, revocation, and general messages."""
