"""The one way out to other servers: nothing else in the tree connects to what somebody has named."""
