"""Two releases against each other: the agent of one and the collector of the other, both ways."""
