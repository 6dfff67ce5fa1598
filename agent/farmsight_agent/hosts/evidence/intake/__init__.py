"""Files as they lie in folders and archives, within bounds, and the text in them."""
