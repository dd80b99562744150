"""Protocols (interfaces) of what use cases need from outside, such as storage, clocks, and key backends."""
