"""How the collector is reached: directly or through an HTTP proxy, and where on that way something fails."""
