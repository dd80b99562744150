"""One rule a file; the file's folder and name are the rule's id. `registry` collects them."""
