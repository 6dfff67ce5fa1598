"""Windows, through its own interfaces."""
