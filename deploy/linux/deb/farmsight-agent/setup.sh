  # Root's alone: the key of this server is in it, and the spool.
  install -d -m 0700 /var/lib/farmsight-agent
