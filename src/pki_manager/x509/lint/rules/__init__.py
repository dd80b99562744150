"""One lint rule per file. The names of folder and file are the ID of the rule. `registry` collects the rules."""
