"""What maintains the repository; not part of the product."""
