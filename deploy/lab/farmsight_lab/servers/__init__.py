"""Real servers that fail at will: HTTP for CDP, AIA and OCSP, and TLS listeners that ask for certificates."""
