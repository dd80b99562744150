"""What every use case uses: the context, access to objects, idempotency, approval, signing."""
