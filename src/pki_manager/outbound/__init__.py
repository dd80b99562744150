"""The one way out to other servers: no other module connects to an address that a caller named."""
