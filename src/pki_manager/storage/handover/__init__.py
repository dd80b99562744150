"""Hand-over of finished units of work from one process to the process that owns the writing connection (SQLCipher)."""
