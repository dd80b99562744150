"""Rules for certificates whose profile follows the requirements for publicly trusted TLS."""
