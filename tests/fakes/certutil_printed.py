"""Prints what certutil prints, in several languages and as several versions of Windows do."""
# ruff: noqa: RUF001 - French apostrophes

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime

ROOT_SHA1 = "1a" * 20
ISSUING_SHA1 = "2b" * 20
LEAF_SHA1 = "3c" * 20
ROOT = "CN=Contoso Root CA, O=Contoso, C=DE"
ISSUING = "CN=Contoso Issuing CA 1, O=Contoso, C=DE"
LEAF = "CN=alice, OU=Users, DC=contoso, DC=com"
RULE = "  --------------------------------"


def at(*numbers):
    """Return a moment; a console shows it without its zone."""
    return datetime(*numbers, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Words:
    """One display language with the regional format that goes with it."""

    date: str
    issuer: str
    subject: str
    serial: str
    name_hash: str
    headings: tuple[str, str, str, str]
    time: str
    verified: str
    ok: str
    failed: str
    expired: str
    wrong_issuer: str
    no_urls: str
    none: str
    certificate: str
    base: str
    delta: str
    error: str
    offline: str
    revoked: str
    untrusted: str
    chaining: str
    leaf_status: str
    issuance: str
    application: str
    all: str
    client: str
    end_entity: str
    ca: str
    passed: str
    done: str
    entry: str
    crl_entry: str
    store: str
    hash: str
    root_note: str
    nonroot_note: str
    crl_count: str
    crl_hash: str


ENGLISH = Words(
    date="{m}/{d}/{y} {h12}:{minute} {half}",
    issuer="Issuer:", subject="Subject:", serial="Cert Serial Number:", name_hash="Name Hash",
    headings=("Certificate AIA", "Certificate CDP", "Base CRL CDP", "Certificate OCSP"),
    time="Time:", verified="Verified", ok="OK", failed="Failed", expired="Expired", wrong_issuer="Wrong Issuer",
    no_urls="No URLs", none="None", certificate="Certificate", base="Base CRL", delta="Delta CRL",
    error="Error retrieving URL: The request could not be carried out",
    offline="The revocation function was unable to check revocation because the revocation server was offline.",
    revoked="The certificate is revoked.",
    untrusted="A certificate chain ended in a root which is not trusted.",
    chaining="A certificate chain could not be built to a trusted root authority.",
    leaf_status="ERROR: Verifying leaf certificate revocation status returned",
    issuance="Verified Issuance Policies:", application="Verified Application Policies:", all="All",
    client="Client Authentication", end_entity="Cert is an End Entity certificate", ca="Cert is a CA certificate",
    passed="Leaf certificate revocation check passed", done="CertUtil: -{verb} command completed successfully.",
    entry="Certificate", crl_entry="CRL", store="Trusted Root Certification Authorities", hash="Cert Hash(sha1):",
    root_note="Root Certificate: Subject matches Issuer", nonroot_note="Non-root Certificate",
    crl_count="CRL Entries:", crl_hash="CRL Hash(sha1):",
)  # fmt: skip
GERMAN = Words(
    date="{d:02}.{m:02}.{y} {h:02}:{minute}",
    issuer="Aussteller:", subject="Antragsteller:", serial="Seriennummer des Zertifikats:", name_hash="Namenshash ",
    headings=("Zertifikat abrufen", "Zertifikat-CDP", "Basissperrlisten-CDP", "Zertifikat-OCSP"),
    time="Zeit:", verified="Überprüft", ok="OK", failed="Fehler", expired="Abgelaufen",
    wrong_issuer="Falscher Aussteller", no_urls="Keine URLs", none="Keine", certificate="Zertifikat",
    base="Basissperrliste", delta="Deltasperrliste",
    error="Fehler beim Abrufen der URL: Die Anforderung konnte nicht ausgeführt werden.",
    offline="Die Sperrfunktion konnte die Sperrung nicht überprüfen, da der Sperrserver offline war.",
    revoked="Das Zertifikat wurde gesperrt.",
    untrusted="Eine Zertifikatkette endete in einem Stamm, der nicht vertrauenswürdig ist.",
    chaining="Es konnte keine Zertifikatkette zu einer vertrauenswürdigen Stammzertifizierungsstelle gebildet werden.",
    leaf_status="FEHLER: Die Überprüfung des Sperrstatus ergab:",
    issuance="Verifizierte Ausstellungsrichtlinien:", application="Verifizierte Anwendungsrichtlinien:", all="Alle",
    client="Clientauthentifizierung", end_entity="Zertifikat ist ein Endentitätszertifikat",
    ca="Zertifikat ist ein Zertifizierungsstellenzertifikat",
    passed="Die Sperrstatusüberprüfung des untergeordneten Zertifikats wurde erfolgreich abgeschlossen.",
    done="CertUtil: -{verb}-Befehl wurde erfolgreich ausgeführt.",
    entry="Zertifikat", crl_entry="Sperrliste", store="Vertrauenswürdige Stammzertifizierungsstellen",
    hash="Zertifikathash(sha1):", root_note="Stammzertifikat: Antragsteller stimmt mit Aussteller überein",
    nonroot_note="Kein Stammzertifikat", crl_count="Sperrlisteneinträge:", crl_hash="Sperrlistenhash(sha1):",
)  # fmt: skip
FRENCH = Words(
    date="{d:02}/{m:02}/{y} {h:02}:{minute}",
    issuer="Émetteur:", subject="Objet:", serial="Numéro de série du certificat\u00a0:", name_hash="Hachage du nom ",
    headings=("Certificat AIA", "Certificat CDP", "Base CRL CDP", "Certificat OCSP"),
    time="Heure\u00a0:", verified="Vérifié", ok="OK", failed="Échec", expired="Expiré",
    wrong_issuer="Émetteur incorrect", no_urls="Aucune URL", none="Aucun", certificate="Certificat",
    base="Liste de révocation de base", delta="Liste de révocation delta",
    error="Erreur de récupération de l’URL\u00a0: La requête n’a pas abouti",
    offline="La fonction de révocation n’a pas pu vérifier la révocation car le serveur était déconnecté.",
    revoked="Le certificat a été révoqué.",
    untrusted="Une chaîne de certificats s’est terminée par un certificat racine qui n’est pas approuvé.",
    chaining="Impossible de générer une chaîne de certificats vers une autorité de certification racine.",
    leaf_status="ERREUR\u00a0: La vérification de l’état de révocation a renvoyé",
    issuance="Stratégies d’émission vérifiées\u00a0:", application="Stratégies d’application vérifiées\u00a0:",
    all="Toutes", client="Authentification du client", end_entity="Le certificat est un certificat d’entité finale",
    ca="Le certificat est un certificat d’autorité de certification",
    passed="Vérification de révocation du certificat réussie",
    done="CertUtil: -{verb} La commande s’est terminée correctement.",
    entry="Certificat", crl_entry="Liste de révocation", store="Autorités de certification racines de confiance",
    hash="Hach. cert. (sha1)\u00a0:", root_note="Certificat racine\u00a0: le sujet correspond à l’émetteur",
    nonroot_note="Il ne s’agit pas d’un certificat racine", crl_count="Entrées\u00a0:",
    crl_hash="Hach. liste (sha1)\u00a0:",
)  # fmt: skip
SPANISH = Words(
    date="{d:02}/{m:02}/{y} {h}:{minute}",
    issuer="Emisor:", subject="Sujeto:", serial="Número de serie del certificado:", name_hash="Hash de nombre",
    headings=("AIA del certificado", "CDP del certificado", "CDP de la CRL base", "OCSP del certificado"),
    time="Tiempo:", verified="Comprobado", ok="Correcto", failed="Error", expired="Caducado",
    wrong_issuer="Emisor incorrecto", no_urls="Sin direcciones URL", none="Ninguno", certificate="Certificado",
    base="CRL base", delta="CRL diferencial", error="Error al recuperar la dirección URL: No se pudo completar",
    offline="La función no pudo comprobar la revocación porque el servidor de revocación estaba sin conexión.",
    revoked="El certificado se ha revocado.",
    untrusted="Una cadena de certificados terminó en un certificado raíz que no es de confianza.",
    chaining="No se puede generar una cadena de certificados para una entidad de certificación raíz.",
    leaf_status="ERROR: al comprobar el estado de revocación se devolvió",
    issuance="Directivas de emisión comprobadas:", application="Directivas de aplicación comprobadas:", all="Todo",
    client="Autenticación del cliente", end_entity="El certificado es un certificado de entidad final",
    ca="El certificado es un certificado de CA", passed="La comprobación de revocación del certificado fue correcta",
    done="CertUtil: -{verb} comando completado correctamente.",
    entry="Certificado", crl_entry="CRL", store="Entidades de certificación raíz de confianza",
    hash="Hash de cert.(sha1):", root_note="Certificado raíz: el sujeto coincide con el emisor",
    nonroot_note="No es un certificado raíz", crl_count="Entradas de CRL:", crl_hash="Hash de CRL(sha1):",
)  # fmt: skip
JAPANESE = Words(
    date="{y}/{m:02}/{d:02} {h}:{minute}",
    issuer="発行者:", subject="サブジェクト:", serial="証明書のシリアル番号:", name_hash="名前ハッシュ",
    headings=("証明書 AIA", "証明書 CDP", "ベース CRL CDP", "証明書 OCSP"),
    time="時間:", verified="検証済み", ok="OK", failed="失敗", expired="期限切れ", wrong_issuer="発行者が違います",
    no_urls="URL なし", none="なし", certificate="証明書", base="ベース CRL", delta="デルタ CRL",
    error="URL の取得中にエラーが発生しました: 要求を完了できません",
    offline="失効サーバーがオフラインのため、失効の関数は失効を確認できませんでした。",
    revoked="証明書は失効しています。", untrusted="信頼されていないルート証明書で終了しました。",
    chaining="信頼されたルート機関に対する証明書チェーンを作成できませんでした。",
    leaf_status="エラー: リーフ証明書の失効状態の確認結果:",
    issuance="検証された発行ポリシー:", application="検証されたアプリケーション ポリシー:", all="すべて",
    client="クライアント認証", end_entity="証明書はエンド エンティティ証明書です", ca="証明書は CA 証明書です",
    passed="リーフ証明書の失効確認に成功しました", done="CertUtil: -{verb} コマンドは正常に完了しました。",
    entry="証明書", crl_entry="CRL", store="信頼されたルート証明機関", hash="証明書ハッシュ(sha1):",
    root_note="ルート証明書: サブジェクトと発行者が一致します", nonroot_note="ルート証明書ではありません",
    crl_count="CRL エントリ:", crl_hash="CRL ハッシュ(sha1):",
)  # fmt: skip
CHINESE = Words(
    date="{y}-{m:02}-{d:02} {h:02}:{minute}",
    issuer="颁发者:", subject="使用者:", serial="证书序列号:", name_hash="名称哈希",
    headings=("证书 AIA", "证书 CDP", "基 CRL CDP", "证书 OCSP"),
    time="时间:", verified="已验证", ok="确定", failed="失败", expired="已过期", wrong_issuer="错误颁发者",
    no_urls="没有 URL", none="无", certificate="证书", base="基 CRL", delta="增量 CRL",
    error="检索 URL 时出现错误: 无法完成请求", offline="由于吊销服务器已脱机，吊销功能无法检查吊销。",
    revoked="证书已被吊销。", untrusted="证书链终止于不受信任的根证书。", chaining="无法建立到受信任根的证书链。",
    leaf_status="错误: 验证分支证书吊销状态返回了", issuance="已验证的颁发策略:", application="已验证的应用程序策略:",
    all="所有", client="客户端身份验证", end_entity="证书是一个最终实体证书", ca="证书是一个 CA 证书",
    passed="通过了分支证书吊销检查", done="CertUtil: -{verb} 命令成功完成。",
    entry="证书", crl_entry="CRL", store="受信任的根证书颁发机构", hash="证书哈希(sha1):",
    root_note="根证书: 使用者与颁发者匹配", nonroot_note="非根证书", crl_count="CRL 项:", crl_hash="CRL 哈希(sha1):",
)  # fmt: skip
LANGUAGES = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH, "ja": JAPANESE, "zh": CHINESE}


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How a version of Windows prints: with hashes behind the time, with the names of codes."""

    hashes: bool
    names: bool
    sections_of_base: bool = True


WINDOWS_2008R2 = Windows(hashes=False, names=False)
WINDOWS_2012R2 = Windows(hashes=False, names=True)
WINDOWS_2019 = Windows(hashes=True, names=True)
VERSIONS = {"2008r2": WINDOWS_2008R2, "2012r2": WINDOWS_2012R2, "2019": WINDOWS_2019}
CODES = {
    "0x80072ee7": ("WIN32: 12007", "WinHttp: 12007 ERROR_WINHTTP_NAME_NOT_RESOLVED"),
    "0x80072ee2": ("WIN32: 12002", "WinHttp: 12002 ERROR_WINHTTP_TIMEOUT"),
    "0x80190194": ("-2145844844", "-2145844844 HTTP_E_STATUS_NOT_FOUND"),
    "0x80190197": ("-2145844841", "-2145844841 HTTP_E_STATUS_PROXY_AUTH_REQ"),
    "0x8007203a": ("WIN32: 8250", "WIN32: 8250 ERROR_DS_SERVER_DOWN"),
    "0x80092013": ("-2146885613", "-2146885613 CRYPT_E_REVOCATION_OFFLINE"),
    "0x80092010": ("-2146885616", "-2146885616 CRYPT_E_REVOKED"),
    "0x800b0109": ("-2146762487", "-2146762487 CERT_E_UNTRUSTEDROOT"),
    "0x800b010a": ("-2146762486", "-2146762486 CERT_E_CHAINING"),
}
BITS = {
    0x1: "CERT_TRUST_IS_NOT_TIME_VALID",
    0x4: "CERT_TRUST_IS_REVOKED",
    0x20: "CERT_TRUST_IS_UNTRUSTED_ROOT",
    0x40: "CERT_TRUST_REVOCATION_STATUS_UNKNOWN",
    0x10000: "CERT_TRUST_IS_PARTIAL_CHAIN",
    0x1000000: "CERT_TRUST_IS_OFFLINE_REVOCATION",
}
INFO = {
    0x2: "CERT_TRUST_HAS_KEY_MATCH_ISSUER",
    0x4: "CERT_TRUST_HAS_NAME_MATCH_ISSUER",
    0x8: "CERT_TRUST_IS_SELF_SIGNED",
    0x100: "CERT_TRUST_HAS_PREFERRED_ISSUER",
}


@dataclass(frozen=True, kw_only=True)
class Came:
    """An object that came from a URL: `word` and `kind` are fields of `Words`."""

    url: str
    index: str
    kind: str = "certificate"
    number: str = "0"
    word: str = "verified"
    sha1: str = "ff" * 20
    seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A URL from which nothing came."""

    url: str
    code: str
    kind: str = "CDP"
    seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class Used:
    """A CRL that the engine went by."""

    number: str
    issuer: str
    begins: datetime
    ends: datetime
    sha1: str
    delta: bool = False


@dataclass(frozen=True, kw_only=True)
class Link:
    """One certificate of a chain with the results of its four sections; None: the section is not printed."""

    issuer: str
    subject: str
    sha1: str
    serial: str
    begins: datetime
    ends: datetime
    info: int
    error: int = 0
    names: str = ""
    template: str = ""
    aia: tuple = ()
    cdp: tuple = ()
    base: tuple | None = None
    ocsp: tuple = ()
    used: tuple = ()
    purposes: tuple = ()


AIA_URL = "http://pki.contoso.com/issuing1.crt"
CRL_URL = "http://pki.contoso.com/issuing1.crl"
DELTA_URL = "http://pki.contoso.com/issuing1+.crl"
ROOT_AIA_URL = "http://pki.contoso.com/root.crt"
ROOT_CRL_URL = "http://pki.contoso.com/root.crl"
OCSP_URL = "http://ocsp.contoso.com/ocsp"
BASE_SHA1, DELTA_SHA1, ROOT_CRL_SHA1 = "4d" * 20, "5e" * 20, "6f" * 20
BASE_USED = Used(
    number="067e", issuer=ISSUING, begins=at(2026, 5, 5, 16, 5), ends=at(2026, 5, 13, 4, 25), sha1=BASE_SHA1
)
ROOT_USED = Used(
    number="0c", issuer=ROOT, begins=at(2026, 2, 1, 14, 42), ends=at(2026, 8, 22, 3, 2), sha1=ROOT_CRL_SHA1
)
BASE_CAME = Came(url=CRL_URL, index="0.0", kind="base", number="067e", sha1=BASE_SHA1)
ROOT_CRL_CAME = Came(url=ROOT_CRL_URL, index="0.0", kind="base", number="0c", sha1=ROOT_CRL_SHA1)
LEAF_LINK = Link(
    issuer=ISSUING, subject=LEAF, sha1=LEAF_SHA1, serial="44000000059271f2d220b1aef8000000000005",
    begins=at(2026, 4, 14, 9, 0), ends=at(2027, 4, 14, 9, 0), info=0x102,
    names="Other Name:Principal Name=alice@contoso.com, RFC822 Name=alice@contoso.com", template="ContosoUser",
    aia=(Came(url=AIA_URL, index="0.0", sha1=ISSUING_SHA1),), cdp=(BASE_CAME,), base=(), used=(BASE_USED,),
    purposes=("1.3.6.1.5.5.7.3.2",),
)  # fmt: skip
ISSUING_LINK = Link(
    issuer=ROOT, subject=ISSUING, sha1=ISSUING_SHA1, serial="61000000022fcc148140855cf0000000000002",
    begins=at(2019, 2, 20, 11, 45), ends=at(2029, 2, 20, 11, 55), info=0x102, template="SubCA",
    aia=(Came(url=ROOT_AIA_URL, index="0.0", sha1=ROOT_SHA1),), cdp=(ROOT_CRL_CAME,), base=(), used=(ROOT_USED,),
)  # fmt: skip
ROOT_LINK = Link(
    issuer=ROOT, subject=ROOT, sha1=ROOT_SHA1, serial="46ec1044f89f81aa401aad4340a7767f",
    begins=at(2019, 2, 20, 10, 15), ends=at(2039, 2, 20, 10, 25), info=0x10C,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Output:
    """A whole output of `certutil -verify -urlfetch`."""

    links: tuple = (LEAF_LINK, ISSUING_LINK, ROOT_LINK)
    language: str = "en"
    version: Windows = WINDOWS_2019
    chain_code: str = ""  # and the sentence of that name in Words
    chain_word: str = ""
    leaf_code: str = ""
    leaf_word: str = ""
    is_ca: bool = False
    ended: bool = True

    @property
    def words(self):
        return LANGUAGES[self.language]

    def text(self) -> str:
        return "\n".join(self.lines()) + "\n"

    def lines(self):
        leaf = self.links[0]
        yield from self._name(self.words.issuer, leaf.issuer)
        yield from self._name(self.words.subject, leaf.subject)
        yield from (f"{self.words.serial} {leaf.serial}", "")
        yield from (
            "dwFlags = CA_VERIFY_FLAGS_CONSOLE_TRACE (0x20000000)",
            "dwFlags = CA_VERIFY_FLAGS_DUMP_CHAIN (0x40000000)",
            "ChainFlags = CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT (0x40000000)",
            "HCCE_LOCAL_MACHINE",
            "CERT_CHAIN_POLICY_BASE",
            "-------- CERT_CHAIN_CONTEXT --------",
        )
        together = 0
        for link in self.links:
            together |= link.error
        for what in ("ChainContext", "SimpleChain"):
            yield f"{what}.dwInfoStatus = CERT_TRUST_HAS_PREFERRED_ISSUER (0x100)"
            yield from (f"{what}.dwErrorStatus = {name} (0x{bit:x})" for bit, name in BITS.items() if together & bit)
            yield ""
        for level, link in enumerate(self.links):
            yield from self._link(level, link)
        yield from self._end()

    def _name(self, label, name):
        yield label
        yield from (f"    {part}" for part in name.split(", "))
        yield f"  {self.words.name_hash}(sha1): {'ab' * 20}"
        yield f"  {self.words.name_hash}(md5): {'ab' * 16}"

    def shown(self, moment):
        return self.words.date.format(
            y=moment.year, m=moment.month, d=moment.day, h=moment.hour, h12=moment.hour % 12 or 12,
            minute=f"{moment.minute:02}", half="AM" if moment.hour < 12 else "PM",
        )  # fmt: skip

    def _link(self, level, link):
        yield f"CertContext[0][{level}]: dwInfoStatus={link.info:x} dwErrorStatus={link.error:x}"
        yield from self._fields(link)
        yield from (f"  Element.dwInfoStatus = {name} (0x{bit:x})" for bit, name in INFO.items() if link.info & bit)
        yield from (f"  Element.dwErrorStatus = {name} (0x{bit:x})" for bit, name in BITS.items() if link.error & bit)
        for words, results in zip(self.words.headings, (link.aia, link.cdp, link.base, link.ocsp), strict=True):
            if results is not None:
                yield f"  ----------------  {words}  ----------------"
                yield from self._results(results)
        yield RULE
        for used in link.used:
            yield f"    {'Delta CRL' if used.delta else 'CRL'} {used.number}:"
            yield f"    Issuer: {used.issuer}"
            yield f"    ThisUpdate: {self.shown(used.begins)}"
            yield f"    NextUpdate: {self.shown(used.ends)}"
            yield f"    CRL: {used.sha1}"
        yield from (f"  Application[{n}] = {oid} {self.words.client}" for n, oid in enumerate(link.purposes))
        yield ""

    def _fields(self, link):
        yield f"  Issuer: {link.issuer}"
        yield f"  NotBefore: {self.shown(link.begins)}"
        yield f"  NotAfter: {self.shown(link.ends)}"
        yield f"  Subject: {link.subject}"
        yield f"  Serial: {link.serial}"
        if link.names:
            yield f"  SubjectAltName: {link.names}"
        if link.template:
            yield f"  Template: {link.template}"
        yield f"  Cert: {link.sha1}"

    def _results(self, results):
        behind = " (null)" if self.version.hashes else ""
        if not results:
            yield f'  {self.words.no_urls} "{self.words.none}" {self.words.time} 0{behind}'
        for one in results:
            yield from self._came(one) if isinstance(one, Came) else self._failed(one, behind)
        if results:
            yield ""

    def _came(self, one):
        kind = getattr(self.words, one.kind, one.kind)
        number = f" ({one.number})" if one.number else ""
        behind = f" {one.sha1}" if self.version.hashes else ""
        word = getattr(self.words, one.word)
        yield f'  {word} "{kind}{number}" {self.words.time} {one.seconds}{behind}'
        yield f"    [{one.index}] {one.url}"

    def _failed(self, one, behind):
        yield f'  {self.words.failed} "{one.kind}" {self.words.time} {one.seconds}{behind}'
        yield f"    {self.words.error} {one.code} ({CODES[one.code][self.version.names]})"
        yield f"    {one.url}"

    def _code(self, code):
        return f"{code} ({CODES[code][self.version.names]})"

    def _end(self):
        yield from ("Exclude leaf cert:", f"  Chain: {'0a' * 20}", "Full chain:", f"  Chain: {'0b' * 20}")
        if self.chain_code:
            yield from self._fields(self.links[0])
            yield f"{getattr(self.words, self.chain_word)} {self._code(self.chain_code)}"
        yield "------------------------------------"
        if not self.chain_code:
            yield f"{self.words.issuance} {self.words.none}"
            yield self.words.application
            yield f"    1.3.6.1.5.5.7.3.2 {self.words.client}"
        yield self.words.ca if self.is_ca else self.words.end_entity
        if self.leaf_code:
            said = getattr(self.words, self.leaf_word)
            yield f"{self.words.leaf_status} {said} {self._code(self.leaf_code)}"
            yield f"CertUtil: {said}"
            yield ""
        elif not self.chain_code:
            yield self.words.passed
        if self.ended:
            yield self.words.done.format(verb="verify")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One certificate of a store listing."""

    subject: str
    issuer: str
    sha1: str
    serial: str
    begins: datetime
    ends: datetime
    below: tuple = ()


def listing(entries, crls=(), *, language="en", store="Root", spaced=False, ended=True, verb="store"):
    """Return a store listing in a language."""
    words = LANGUAGES[language]
    printer = Output(language=language)
    lines = [f'{store} "{words.store}"']
    for number, one in enumerate(entries):
        sha1 = " ".join(one.sha1[n : n + 2] for n in range(0, 40, 2)) if spaced else one.sha1
        lines += [
            f"================ {words.entry} {number} ================",
            f"{words.serial} {one.serial}",
            f"{words.issuer} {one.issuer}",
            f" NotBefore: {printer.shown(one.begins)}",
            f" NotAfter: {printer.shown(one.ends)}",
            f"{words.subject} {one.subject}",
            words.root_note if one.subject == one.issuer else words.nonroot_note,
            f"{words.hash} {sha1}",
            *one.below,
            "",
        ]
    for number, one in enumerate(crls):
        lines += [
            f"================ {words.crl_entry} {number} ================",
            f"{words.issuer} {one.issuer}",
            f" ThisUpdate: {printer.shown(one.begins)}",
            f" NextUpdate: {printer.shown(one.ends)}",
            f"{words.crl_count} 12",
            "CA Version: V0.0",
            f"CRL Number: CRL Number={one.number}",
            f"{words.crl_hash} {one.sha1}",
            "",
        ]
    lines += [words.done.format(verb=verb)] if ended else []
    return "\n".join(lines) + "\n"


def wrapped(text, width=80):
    """Return a text as a console of this width breaks it; East Asian letters take two columns."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line, width):
    part, columns = "", 0
    for letter in line:
        own = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if columns + own > width:
            yield part
            part, columns = "", 0
        part, columns = part + letter, columns + own
    yield part


def flattened(text):
    """Return a text that has lost its indentation, as pasted into a web page."""
    return "\n".join(line.strip() for line in text.split("\n"))


LDAP_CRL_URL = (
    "ldap:///CN=Contoso%20Issuing%20CA%201,CN=CA01,CN=CDP,CN=Public%20Key%20Services,CN=Services,CN=Configuration,"
    "DC=contoso,DC=com?certificateRevocationList?base?objectClass=cRLDistributionPoint"
)
LDAP_DELTA_URL = LDAP_CRL_URL.replace("certificateRevocationList", "deltaRevocationList")
DELTA_USED = Used(
    number="0680", issuer=ISSUING, begins=at(2026, 5, 7, 16, 5), ends=at(2026, 5, 9, 4, 25), sha1=DELTA_SHA1, delta=True
)


def delta(url, index, number="067e", word="verified"):
    """Return a delta CRL that came; below a base the tool shows the number of the base."""
    return Came(url=url, index=index, kind="delta", number=number, word=word, sha1=DELTA_SHA1)


DELTA_LINK = replace(
    LEAF_LINK,
    cdp=(
        replace(BASE_CAME, url=LDAP_CRL_URL),
        delta(LDAP_DELTA_URL, "0.0.0"),
        delta(DELTA_URL, "0.0.1"),
        replace(BASE_CAME, index="1.0"),
        delta(LDAP_DELTA_URL, "1.0.0"),
        delta(DELTA_URL, "1.0.1"),
    ),
    base=(delta(LDAP_DELTA_URL, "0.0", "0680", "ok"), delta(DELTA_URL, "1.0", "0680", "ok")),
    used=(BASE_USED, DELTA_USED),
)
EXPIRED_MIRROR = replace(
    ISSUING_LINK,
    cdp=(
        ROOT_CRL_CAME,
        Came(url="http://mirror.contoso.com/root.crl", index="1.0", kind="base", number="03", word="expired"),
    ),
)
OFFLINE = 0x1000040


def unreachable(code, *, seconds=0):
    """Return a leaf whose CRL did not come, with the codes that go with it."""
    link = replace(LEAF_LINK, error=OFFLINE, used=(), base=None, cdp=(Failed(url=CRL_URL, code=code, seconds=seconds),))
    return {
        "links": (link, ISSUING_LINK, ROOT_LINK),
        "chain_code": "0x80092013",
        "chain_word": "offline",
        "leaf_code": "0x80092013",
        "leaf_word": "offline",
    }


SCENARIOS = {
    "success": {},
    "name not resolved": unreachable("0x80072ee7"),
    "timed out": unreachable("0x80072ee2", seconds=15),
    "not found": unreachable("0x80190194"),
    "proxy": unreachable("0x80190197"),
    "delta": {"links": (DELTA_LINK, ISSUING_LINK, ROOT_LINK)},
    "expired mirror": {"links": (LEAF_LINK, EXPIRED_MIRROR, ROOT_LINK)},
    "revoked": {
        "links": (replace(LEAF_LINK, error=0x4), ISSUING_LINK, ROOT_LINK),
        "chain_code": "0x80092010",
        "chain_word": "revoked",
    },
    "untrusted root": {
        "links": (LEAF_LINK, ISSUING_LINK, replace(ROOT_LINK, error=0x20)),
        "chain_code": "0x800b0109",
        "chain_word": "untrusted",
    },
    "partial chain": {
        "links": (replace(LEAF_LINK, error=OFFLINE, used=()),),
        "chain_code": "0x800b010a",
        "chain_word": "chaining",
        "leaf_code": "0x80092013",
        "leaf_word": "offline",
    },
}


def output(scenario="success", *, language="en", version=WINDOWS_2019, **more):
    """Return the output of a scenario."""
    return Output(language=language, version=version, **{**SCENARIOS[scenario], **more}).text()


def pasted(text):
    """Return a text as a web page's editor left it: no indentation, blank lines, URLs in angle brackets."""
    lines = (re.sub(r"(https?://\S+)$", r"<\1>", line.strip()) for line in text.split("\n"))
    return "\n\n".join(line for line in lines if line) + "\n"
