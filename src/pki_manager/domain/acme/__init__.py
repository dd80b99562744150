"""ACME accounts, orders, authorizations, and challenges."""
