"""Host values to facts: one spelling of thumbprints, names, SIDs, URLs and times."""

from farmsight_agent.normalise.certificates import certificate_summary
from farmsight_agent.normalise.crls import crl_summary, distribution_urls
from farmsight_agent.normalise.facts import fact
from farmsight_agent.normalise.names import name_text

__all__ = ["certificate_summary", "crl_summary", "distribution_urls", "fact", "name_text"]
