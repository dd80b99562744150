"""SCEP (RFC 8894): the registration authority of each CA."""
