"""The release files of `make dist`: packages, SBOM, license texts, locked requirements, checksums."""
