"""What the help of each verb of `farmsight-agent` teaches."""

from typing import Final

ENROLL: Final = """\
`farmsight-collector token create` prints this command whole. The token carries the
fingerprint of the collector's CA: anything else that answers gets no token.

  farmsight-agent enroll --token fs1.... --collector collector.contoso.com:7443

One port is enough: the agent only ever connects outwards, to that port. From a DMZ through
an HTTP proxy (CONNECT; TLS stays end to end), or with several collectors:

  farmsight-agent enroll --token fs1.... --collector c1.contoso.com:7443,c2.contoso.com:7443
  farmsight-agent enroll --token fs1.... --collector collector.contoso.com:7443 \\
                         --proxy http://proxy.contoso.com:3128 --proxy-credentials proxy-login.txt
"""
RUN: Final = """\
Needs an identity (enroll). What the collector has not confirmed yet waits in the spool,
through restarts of either side.

  farmsight-agent run
  farmsight-agent run --once                            every probe once, delivered, then end
  farmsight-agent run --context adfs-service=adfssvc    fetch as this account, too
"""
COLLECT: Final = """\
Read-only. Each probe is told with its outcome, so that what could not be seen is not taken
for what is not there. The file can be read back on any machine with --evidence.

  farmsight-agent collect                               what is seen, in short
  farmsight-agent collect --output WAP01.json           or WAP01.zip, packed; for `farmsight analyze`
  farmsight-agent collect --evidence captured --role wap --name WAP01
"""
DOCTOR: Final = """\
From the configuration to the collector's welcome, for each collector's address: name, TCP
(or the proxy's name, TCP and answer to CONNECT), TLS, the agent's certificate, the stream,
clock and version. The first hop that fails is named with its cause and what to do. Exit
code 1 when one failed.

Before a server is enrolled, only the way there:

  farmsight-agent doctor --collector collector.contoso.com:7443
  farmsight-agent doctor --collector collector.contoso.com:7443 --proxy http://proxy.contoso.com:3128
"""
SERVICE: Final = """\
  farmsight-agent service install       as administrator; then: farmsight-agent service start
"""
