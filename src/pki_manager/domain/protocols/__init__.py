"""Message types and transactions of SCEP and CMP."""
