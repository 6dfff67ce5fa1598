"""One file a page; the list of all is in `registry`."""
