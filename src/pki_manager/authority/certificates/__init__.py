"""Use cases for end-entity certificates: enrollment, issuance by the one `issue`, renewal, and profiles."""
