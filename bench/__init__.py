"""Measures every number in the README, and the same numbers of the products it is compared with. `make bench`."""
