"""The embedded key backend: keys are encrypted in a keystore that is separate from the database."""
