"""How this server reaches others: proxies, its domain, its time sources."""
