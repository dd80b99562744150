"""The vocabulary: frozen values, enumerations and state tables. Standard library only."""
