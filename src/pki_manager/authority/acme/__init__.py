"""The use cases of ACME (RFC 8555). An account acts as the token that its external account key belongs to."""
