"""Request bodies. Unknown fields and values are refused."""
