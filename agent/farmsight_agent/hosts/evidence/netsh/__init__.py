"""What netsh prints, in any display language."""
