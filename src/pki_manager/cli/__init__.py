"""`pkim`: the operations of the REST API as commands, and those that need the host itself."""
