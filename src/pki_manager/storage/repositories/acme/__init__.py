"""ACME accounts, orders, and authorizations."""
