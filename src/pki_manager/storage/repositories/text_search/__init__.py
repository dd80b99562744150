"""Search for any part of a certificate's text: the text index, how it is filled, and certificates not yet in it."""
