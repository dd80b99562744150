"""Cryptographic Message Syntax (RFC 5652): signed and enveloped data in the form that enrollment protocols use."""
