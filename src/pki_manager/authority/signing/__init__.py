"""Signing with keys of CAs: the lint gate, chains, serial numbers, status URLs, revocation records."""
