"""Revocation and published status: CRLs, OCSP responses, blocked keys."""
