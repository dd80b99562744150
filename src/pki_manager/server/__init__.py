"""The ASGI applications and their listeners."""
