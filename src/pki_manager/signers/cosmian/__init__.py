"""Cosmian KMS: KMIP 2.1 as JSON over HTTPS."""
