"""From frames to rows: accept, deduplicate, write, acknowledge."""
