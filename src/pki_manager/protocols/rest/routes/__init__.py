"""The operations, one file per noun; each handler turns parameters into one use case and its result into an answer."""
