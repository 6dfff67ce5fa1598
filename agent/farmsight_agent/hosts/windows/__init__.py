"""A Windows server, read through its own APIs: one file an API, one file a question."""
