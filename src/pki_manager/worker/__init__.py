"""Background jobs and scheduled tasks."""
