"""Certificates of end entities and the one `issue`: enrollment, issuance, renewal, profiles."""
