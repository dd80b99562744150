"""Key backends: each makes keys and signs bytes, nothing more."""
