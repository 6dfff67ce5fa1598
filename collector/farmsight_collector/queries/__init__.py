"""What can be asked of a farm as of an instant: one file a question."""
