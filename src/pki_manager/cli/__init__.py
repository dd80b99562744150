"""`pkim`: the REST door's operations as commands, and what only the machine itself can do."""
