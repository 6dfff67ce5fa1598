"""Certificates, CRLs and chains, read from bytes that anybody may have made."""
