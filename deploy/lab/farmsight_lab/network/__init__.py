"""How the lab's servers reach each other: namespaces where possible, loopback addresses elsewhere."""
