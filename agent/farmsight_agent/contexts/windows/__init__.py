"""Contexts on Windows: a child of the agent's own executable, started with the token of the account."""
