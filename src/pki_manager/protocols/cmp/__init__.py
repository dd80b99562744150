"""CMP over HTTP (RFC 9810, RFC 9811, profile of RFC 9483)."""
