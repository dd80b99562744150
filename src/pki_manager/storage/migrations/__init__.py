"""Alembic migrations, shipped in the package and run by the CLI."""
