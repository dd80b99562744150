"""Network interfaces: requests become use cases, results become responses. They contain no decisions."""
