"""Files of other CA software, read for an import."""
