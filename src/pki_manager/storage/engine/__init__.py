"""The two database engines: connections, transactions, group commit, locks, and errors."""
