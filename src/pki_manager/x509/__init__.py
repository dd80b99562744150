"""The one home of pyca and ASN.1: bytes to domain values and back. Pure."""
