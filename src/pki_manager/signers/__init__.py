"""Key backends: each generates keys and signs with them."""
