"""What is fuzzed: each target takes any bytes, and raises nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz import corpus, files, network, texts, windows


@dataclass(frozen=True, kw_only=True)
class Target:
    """One target: `seeds` are inputs as they come in the field, `largest` bounds what is made of them.

    `guided`: its coverage can be followed; what does all there is to do becomes too slow by that.
    """

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    largest: int = 32 * 1024
    seconds_a_call: float = 3.0
    guided: bool = True


TARGETS: dict[str, Target] = {
    "decode": Target(run=texts.decoding, seeds=lambda: corpus.contents(".txt")),
    "recognise": Target(run=texts.recognising, seeds=lambda: corpus.prefixed(corpus.contents(".txt", ".json", ".pem"))),
    "netsh": Target(run=texts.netsh, seeds=lambda: corpus.decoded("49443", "sslcert", "winhttp", "netsh")),
    "certutil": Target(run=texts.certutil, seeds=lambda: corpus.decoded("store_", "SubCA", "usercert", "certutil")),
    "powershell": Target(
        run=texts.powershell,
        seeds=lambda: corpus.decoded("authprovider", "claimstrust", "rptrust", "entra_", "ps_", "powershell"),
    ),
    "documents": Target(run=files.documents, seeds=lambda: corpus.by_name(".json", names=files.DOCUMENTS)),
    "stores": Target(run=files.stores, seeds=corpus.stores),
    "user-certificate": Target(run=files.user_certificate, seeds=corpus.user_certificates),
    "archives": Target(run=files.archives, seeds=corpus.archives),
    "private-keys": Target(run=texts.private_keys, seeds=corpus.stores),
    "claim-rules": Target(run=texts.claim_rules, seeds=corpus.claim_rules),
    "store-blob": Target(run=windows.store_blob, seeds=windows.store_seeds),
    "trust-list": Target(run=windows.trust_list, seeds=windows.trust_list_seeds),
    "url-cache": Target(run=windows.url_cache, seeds=windows.url_cache_seeds),
    "http-sys": Target(run=windows.http_sys, seeds=windows.http_sys_seeds),
    "proxy-setting": Target(run=windows.proxy_setting, seeds=windows.proxy_setting_seeds),
    "event": Target(run=windows.event, seeds=windows.event_seeds),
    "cmdlets": Target(run=windows.cmdlets, seeds=windows.cmdlets_seeds),
    "registry-names": Target(run=windows.registry_names, seeds=windows.registry_names_seeds),
    "directory": Target(run=network.directory, seeds=network.directory_seeds),
    "ldap-text": Target(run=network.ldap_text, seeds=network.ldap_text_seeds),
    "responder": Target(run=network.responder, seeds=network.responder_seeds),
    "body": Target(run=network.body, seeds=network.body_seeds),
    "time-server": Target(run=network.time_server, seeds=network.time_server_seeds),
    "proxy-list": Target(run=network.proxy_list, seeds=network.proxy_list_seeds),
    "analyze": Target(run=files.whole(corpus.folder), seeds=corpus.folder_seeds, seconds_a_call=15.0, guided=False),
}
