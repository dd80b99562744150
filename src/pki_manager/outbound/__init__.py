"""Requests to other servers. No other module connects to an address that a caller provided."""
