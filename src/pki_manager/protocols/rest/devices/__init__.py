"""Sign-in of command lines by device code: routes, request bodies, and responses."""
