"""Libraries for browsers: which, in which version, and how a build gets them."""
