"""Key backends: each generates keys and signs octets."""
