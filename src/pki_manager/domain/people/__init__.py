"""Users, sessions, second factors, and identities from identity providers."""
