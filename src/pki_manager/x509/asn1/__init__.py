"""Reading and writing DER. Only this package knows ASN.1 encodings."""
