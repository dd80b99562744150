"""The default backend: keys sealed in a keystore file apart from the database."""
