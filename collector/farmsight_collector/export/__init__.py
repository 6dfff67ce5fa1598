"""Writes what questions answer as CSV, JSON, Parquet, and for Prometheus."""
