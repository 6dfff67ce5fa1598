"""Who is who: the collector's own CA, agents' certificates, join tokens."""
