"""The embedded key backend: keys encrypted in a keystore apart from the database."""
