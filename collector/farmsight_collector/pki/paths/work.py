"""How much the judging of one leaf may cost, all its chains together: hostile certificates can ask for any amount."""

from dataclasses import dataclass


@dataclass
class Work:
    """What is left to be done; who takes more than that is refused, and says that it can't be told."""

    comparisons: int = 2_000_000  # of names with constraints
    policies: int = 50_000  # policies and mappings that are looked at

    def compares(self, cost: int) -> bool:
        """Take comparisons off, and tell whether there were as many left."""
        self.comparisons -= cost
        return self.comparisons >= 0

    def follows(self, cost: int) -> bool:
        """Take policies off, and tell whether there were as many left."""
        self.policies -= cost
        return self.policies >= 0
