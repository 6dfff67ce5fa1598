"""Contexts on POSIX systems: a child that gives up its rights for those of a uid and gid."""
