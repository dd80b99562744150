"""What the heart needs from outside, as Protocols."""
