"""Reading and writing DER: the one home of ASN.1."""
