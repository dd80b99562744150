"""The tables of both engines. Every change needs a migration."""
