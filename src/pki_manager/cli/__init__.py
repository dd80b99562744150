"""`pkim`: commands for the operations of the REST API, and for operations that work only on the host itself."""
