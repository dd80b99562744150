"""Root certificates in the forms that people and devices need to trust them."""
