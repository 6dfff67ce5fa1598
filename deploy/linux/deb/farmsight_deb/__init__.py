"""Builds the Debian packages: the agent, and the collector, each whole, for every Python that they may meet."""
