"""Pure values: frozen dataclasses, enumerations, and state tables. Standard library only."""
