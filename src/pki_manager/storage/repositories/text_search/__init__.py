"""Any part of a certificate's text is found: the text index, how it is filled, and what is not in it yet."""
