"""ACME (RFC 8555), with IP addresses (RFC 8738), TLS-ALPN (RFC 8737) and renewal information (RFC 9773)."""
