"""The agent as a Windows service: its manager, its process, who may read its files, what it logs."""
