"""Exported certificate stores and single certificate files."""
