"""CMP messages (RFC 9810) and certificate request templates (RFC 4211): conversion between bytes and values."""
