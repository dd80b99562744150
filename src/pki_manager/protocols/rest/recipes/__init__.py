"""Configuration to paste for the clients of a CA, with its URLs and names filled in."""
