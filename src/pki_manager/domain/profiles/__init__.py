"""Certificate profiles: the value, its terms, checks, and JSON form."""
