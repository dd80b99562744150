"""Transfer of finished units of work to the process that has the writing connection (SQLCipher)."""
