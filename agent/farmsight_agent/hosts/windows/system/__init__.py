"""What the system says of itself, decoded: events, updates, restarts that are waited for, settings."""
