"""A farm's past, told into a collector's store: what there was to see, when, and what was wrong then."""
