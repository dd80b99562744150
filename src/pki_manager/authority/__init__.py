"""The use cases, one module each. Every change of data and every use of a CA key starts here."""
