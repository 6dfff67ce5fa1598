  if ! getent passwd farmsight-collector >/dev/null; then
    adduser --quiet --system --group --no-create-home --home /var/lib/farmsight-collector \
      --gecos "farmsight collector" farmsight-collector
  fi
  install -d -m 0700 -o farmsight-collector -g farmsight-collector /var/lib/farmsight-collector
