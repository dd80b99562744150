"""Users: invitations, sign-in, second factors, sessions, identity providers."""
