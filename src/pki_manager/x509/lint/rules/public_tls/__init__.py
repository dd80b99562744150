"""Rules for a certificate whose profile wants to be as those of the public web."""
