"""ACME accounts, orders, authorizations, and proofs of control."""
