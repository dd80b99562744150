"""CRLs and CA certificates over HTTP."""
