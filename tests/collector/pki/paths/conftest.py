"""The second opinion is asked where its library is: it wants a newer cryptography than farmsight's floor."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("pyhanko_certvalidator") else ["test_second_opinion.py"]
