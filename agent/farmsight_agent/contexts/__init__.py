"""Running one call as another account: a child process that proves who it is."""
