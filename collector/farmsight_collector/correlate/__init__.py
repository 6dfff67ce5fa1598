"""What several servers, or several findings, say together."""
