"""The processes and listeners of the server, with metrics, logs, and the self-check."""
