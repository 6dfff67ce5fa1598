"""What certutil prints, in any display language."""
