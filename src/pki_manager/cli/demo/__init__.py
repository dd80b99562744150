"""`pkim demo`: a throw-away installation with half a year of generated history."""
