"""The farm as a graph: who signs in through whom, who fetches what from where."""
