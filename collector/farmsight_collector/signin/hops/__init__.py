"""The hops of the sign-in path, one a file."""
