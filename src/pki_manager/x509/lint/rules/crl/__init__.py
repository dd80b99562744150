"""Rules for a CRL."""
