"""Version 1 of the contract; only additions, ever."""
