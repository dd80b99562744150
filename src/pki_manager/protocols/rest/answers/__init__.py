"""What the REST door answers: each object's shape, and how it is made from what the heart returns.

Every member is always there, null where it does not apply. Serial numbers and hashes are lower-case hex, times RFC 3339
UTC, certificates and CRLs PEM.
"""
