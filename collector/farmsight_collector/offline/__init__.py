"""The whole analysis without a collector: evidence through the same ingest into a store of its own."""
