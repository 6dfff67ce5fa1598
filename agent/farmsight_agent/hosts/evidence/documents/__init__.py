"""JSON files, and text that was read into the same shape: sections of rows."""
