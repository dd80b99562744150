"""SCEP (RFC 8894): enrollment of devices."""
