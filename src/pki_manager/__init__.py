"""PKI Manager: a private certificate authority whose keys never leave a key manager."""

__version__ = "0.1.0"
