"""Protocols (interfaces) of everything that use cases need from outside."""
