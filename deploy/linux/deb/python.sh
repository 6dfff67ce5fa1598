# The system's own Python if there are libraries for it here, else the newest that there are some for.
# Read by the commands and by the maintainer scripts; HOME_OF is the package's folder.
python=
for name in "$(readlink /usr/bin/python3 2>/dev/null)" python3.14 python3.13 python3.12 python3.11; do
  [ -n "$name" ] && [ -x "$HOME_OF/bin/${name##*/}" ] && python=$HOME_OF/bin/${name##*/} && break
done
