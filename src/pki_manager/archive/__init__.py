"""The file format of a backup: a tar archive, compressed with gzip, encrypted with age (https://age-encryption.org/v1)."""
