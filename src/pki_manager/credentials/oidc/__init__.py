"""OpenID Connect, as a relying party: code flow with PKCE, and the provider's word verified."""
