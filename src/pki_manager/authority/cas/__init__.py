"""CAs and their keys: creation, rotation, import, retirement."""
