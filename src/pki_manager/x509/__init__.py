"""X.509 objects: octets to domain values and back. Pure. Only this package uses pyca and ASN.1 to read and build."""
