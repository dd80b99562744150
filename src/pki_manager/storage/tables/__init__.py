"""The tables of both engines. A change needs a migration."""
