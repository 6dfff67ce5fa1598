"""The lab's servers as processes, with site files that change under them."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from farmsight_lab.network.loopback import free_port


@contextmanager
def running(module: str, site: Path) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", f"farmsight_lab.servers.{module}", str(site)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def answer(url: str) -> tuple[int, bytes]:
    """Ask until somebody listens."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(200):
        try:
            with opener.open(url, timeout=5) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, b""
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(f"nobody answers at {url}")


def until(url: str, status: int) -> None:
    for _ in range(100):
        if answer(url)[0] == status:
            return
        time.sleep(0.05)
    raise AssertionError(f"{url} never answered {status}")


def test_a_cdp_server_follows_its_site_file(tmp_path):
    port = free_port("127.0.0.1")
    (tmp_path / "ca.crl").write_bytes(b"a list")
    site = tmp_path / "site.json"

    def write(entry: dict[str, object]) -> None:
        site.write_text(json.dumps({"listen": f"127.0.0.1:{port}", "paths": {"/ca.crl": entry}}))

    write({"file": "ca.crl"})
    with running("cdp", site):
        until(f"http://127.0.0.1:{port}/ca.crl", 200)
        assert answer(f"http://127.0.0.1:{port}/ca.crl") == (200, b"a list")
        write({"status": 404})
        until(f"http://127.0.0.1:{port}/ca.crl", 404)


def test_a_plain_probe_follows_its_site_file(tmp_path):
    """A load balancer asks http://.../adfs/probe."""
    port = free_port("127.0.0.1")
    site = tmp_path / "probe.json"
    paths = {"/adfs/probe": {"status": 200}}
    site.write_text(json.dumps({"listen": f"127.0.0.1:{port}", "plain": True, "paths": paths}))
    with running("tls", site):
        assert answer(f"http://127.0.0.1:{port}/adfs/probe")[0] == 200
        paths["/adfs/probe"]["status"] = 503
        site.write_text(json.dumps({"listen": f"127.0.0.1:{port}", "plain": True, "paths": paths}))
        assert answer(f"http://127.0.0.1:{port}/adfs/probe")[0] == 503
