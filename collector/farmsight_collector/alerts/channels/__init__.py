"""The ways by which people are told; one file each."""
