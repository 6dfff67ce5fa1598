"""The contract between agents, collectors and those who ask them."""
