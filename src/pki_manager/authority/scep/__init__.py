"""SCEP (RFC 8894): what clients ask a CA's registration authority for."""
