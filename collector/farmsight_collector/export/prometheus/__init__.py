"""What Prometheus scrapes: facts as absolute times, findings, agents, and the collector itself."""
