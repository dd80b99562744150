"""REST operations, one module per noun. A handler builds a command, calls one use case, and builds the response."""
