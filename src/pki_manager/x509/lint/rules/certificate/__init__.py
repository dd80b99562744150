"""Rules for a certificate."""
