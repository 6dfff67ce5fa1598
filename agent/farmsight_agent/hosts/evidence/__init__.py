"""A server seen through a folder of captured command outputs."""
