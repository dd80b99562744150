"""Enrollment with credentials, for EST, SCEP, and CMP: `credentials`, `authenticate`, then `request_certificate`."""
