"""A collector in one file, and back: its folder with CA, keys and settings, and its store, as of one instant."""
