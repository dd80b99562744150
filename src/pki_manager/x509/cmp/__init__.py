"""CMP messages (RFC 9810) and certificate request templates (RFC 4211): bytes to values and back."""
