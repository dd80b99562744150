"""What every use case needs: the context, access to objects, idempotency, and the approval gate."""
