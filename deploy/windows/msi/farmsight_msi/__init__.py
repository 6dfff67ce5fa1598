"""Builds the Windows agent's package (MSI) on Linux: a genuine CPython, the agent, its dependencies, nothing else."""
