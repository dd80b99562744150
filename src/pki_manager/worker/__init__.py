"""The outbox runner and the schedule."""
