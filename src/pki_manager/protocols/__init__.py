"""Network interfaces: they translate requests into use case calls, and results into responses. They decide nothing."""
