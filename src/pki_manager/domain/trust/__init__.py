"""Root certificates as people and devices come to trust them."""
