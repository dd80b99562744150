"""Every number that the README quotes, measured beside the products it is compared with. `make bench`."""
