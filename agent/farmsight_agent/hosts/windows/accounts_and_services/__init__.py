"""Who services run as, and what their processes are."""
