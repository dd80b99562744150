"""What people prove themselves with: the adapters that do the cryptography of it."""
