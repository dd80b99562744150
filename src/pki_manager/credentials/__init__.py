"""Adapters for authentication: passwords, second factors, passkeys, and OpenID Connect."""
