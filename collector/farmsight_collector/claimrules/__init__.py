"""The AD FS claim rule language: reading, and what a rule set lets pass."""
