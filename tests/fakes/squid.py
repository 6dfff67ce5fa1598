"""Squid, a real forward proxy, on a port of its own: open, with a login, or forbidding everything."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

from farmsight_agent.retrieve.proxy import ProxyRules

SQUID = shutil.which("squid") or shutil.which("squid", path="/usr/sbin") or ""
HELPERS = Path("/usr/lib/squid")
CONFIGURATION = """
http_port 127.0.0.1:{port}{inspecting}
pid_filename {folder}/squid.pid
cache_log {folder}/cache.log
access_log stdio:{folder}/access.log
cache_store_log none
coredump_dir {folder}
shutdown_lifetime 0 seconds
visible_hostname proxy.invalid
netdb_filename none
pinger_enable off
cache deny all
{login}
http_access {rule}
http_access deny all
"""
LOGIN = f"""
auth_param ntlm program {HELPERS}/ntlm_fake_auth
auth_param basic program {HELPERS}/basic_fake_auth
auth_param basic realm proxy
acl known proxy_auth REQUIRED
"""
# Takes one user with one password; squid hands both over with URL escapes.
CHECK = """#!/bin/sh
while read -r user password; do
  if [ "$user $password" = "agent@dmz s:cret%20%25" ]; then echo OK; else echo ERR; fi
done
"""
LOGIN_CHECKED = """
auth_param basic program {helper}
auth_param basic realm proxy
acl known proxy_auth REQUIRED
"""
# Opens every tunnel and shows certificates of its own CA, made on the fly.
CERTIFICATES = Path("/usr/lib/squid/security_file_certgen")
INSPECTING = " ssl-bump cert={folder}/inspector.pem generate-host-certificates=on dynamic_cert_mem_cache_size=4MB"
INSPECTS = """
sslcrtd_program {certificates} -s {folder}/made -M 4MB
ssl_bump bump all
"""
GOOD_LOGIN = "agent@dmz:s:cret %"


class Squid:
    """One squid on a port of its own."""

    def __init__(self, folder, login, rule, inspector=b""):
        """`inspector` is the key and the certificate (PEM) of a CA in whose name it opens tunnels."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = free.getsockname()
        self.folder = folder
        helper = folder / "check"
        helper.write_text(CHECK)
        helper.chmod(0o755)
        login = login.format(helper=helper)
        inspecting = ""
        if inspector:
            (folder / "inspector.pem").write_bytes(inspector)
            inspecting = INSPECTING.format(folder=folder)
            login += INSPECTS.format(certificates=CERTIFICATES, folder=folder)
            subprocess.run([CERTIFICATES, "-c", "-s", folder / "made", "-M", "4MB"], check=True, capture_output=True)
            for one in (folder / "made", *(folder / "made").rglob("*")):
                one.chmod(0o777)
        configuration = CONFIGURATION.format(
            port=self.address[1], folder=folder, login=login, rule=rule, inspecting=inspecting
        )
        (folder / "squid.conf").write_text(configuration)
        folder.chmod(0o777)  # started as root it goes on as another user
        for parent in (folder, *folder.parents[:3]):
            parent.chmod(parent.stat().st_mode | 0o011)
        self.process = subprocess.Popen(
            [SQUID, "-N", "-f", folder / "squid.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def wait(self):
        for _ in range(200):
            try:
                socket.create_connection(self.address, 1).close()
            except OSError:
                assert self.process.poll() is None, (self.folder / "cache.log").read_text()
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "cache.log").read_text())

    def rules(self):
        proxy = "{}:{}".format(*self.address)
        return ProxyRules(by_scheme={"http": proxy, "https": proxy})

    def log(self):
        return (self.folder / "access.log").read_text()

    def stop(self):
        self.process.kill()
        self.process.wait()


def started(folder, login="", rule="allow all", inspector=b""):
    made = Squid(folder, login, rule, inspector)
    try:
        made.wait()
        yield made
    finally:
        made.stop()
