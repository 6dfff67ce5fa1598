"""Several collectors on one PostgreSQL: who lives, who looks after which farm, and how they hear of each other."""
