"""Certificate requests and approvals."""
