"""The bed that the Windows tier lies on: the genuine Windows CPython and our wheels under Wine, as a pretend server.

A prefix with everything in it is built once; each test gets a clone of it by
hard links, boots it and throws it away. `python -m tests.windows.bed` runs a
piece of Python on it by hand.
"""
