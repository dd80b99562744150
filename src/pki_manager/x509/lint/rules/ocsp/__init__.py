"""Rules for an OCSP response."""
