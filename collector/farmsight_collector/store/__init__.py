"""The only SQL of the collector: one file a question."""
