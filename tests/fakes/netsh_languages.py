"""The words of netsh in eight languages, as near to Windows' own as known."""
# ruff: noqa: RUF001 - the letters of these languages are meant

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Language:
    """Labels and words; `colon` is what stands before the value, with the blanks around it."""

    code: str
    colon: str = " : "
    bindings: str
    by_address: str
    by_name: str
    rows: tuple[str, ...]
    enabled: str
    disabled: str
    set: str
    unset: str
    reservations: str
    reserved: str
    user: str
    listen: str
    delegate: str
    yes: str
    no: str
    unknown_sid: str
    proxy_heading: str
    direct: str
    proxy: str
    bypass: str
    none: str
    listen_list: str
    exclusions: tuple[str, str, str, str]  # heading, first and last port, what the star means
    state: tuple[str, ...]


ENGLISH = Language(
    code="en",
    bindings="SSL Certificate bindings:",
    by_address="IP:port",
    by_name="Hostname:port",
    rows=(
        "Certificate Hash", "Application ID", "Certificate Store Name", "Verify Client Certificate Revocation",
        "Verify Revocation Using Cached Client Certificate Only", "Usage Check", "Revocation Freshness Time",
        "URL Retrieval Timeout", "Ctl Identifier", "Ctl Store Name", "DS Mapper Usage",
        "Negotiate Client Certificate", "Reject Connections", "Disable HTTP2", "Disable QUIC", "Disable TLS1.2",
        "Disable TLS1.3", "Disable OCSP Stapling", "Enable Token Binding", "Log Extended Events",
        "Disable Legacy TLS Versions", "Enable Session Ticket", "Disable Session ID", "Enable Caching Client Hello",
    ),
    enabled="Enabled", disabled="Disabled", set="Set", unset="Not Set",
    reservations="URL Reservations:", reserved="Reserved URL", user="User", listen="Listen", delegate="Delegate",
    yes="Yes", no="No", unknown_sid="Can't lookup sid, Error: 1332",
    proxy_heading="Current WinHTTP proxy settings:", direct="Direct access (no proxy server).",
    proxy="Proxy Server(s)", bypass="Bypass List", none="(none)",
    listen_list="IP addresses present in the IP listen list:",
    exclusions=("Protocol tcp Port Exclusion Ranges", "Start Port", "End Port", "Administered port exclusions."),
    state=(
        "Snapshot of HTTP service state (Server Session View):", "Server session ID", "Version", "State", "Active",
        "URL groups:", "URL group ID", "Request queue name", "Request queue is unnamed.", "Number of registered URLs",
        "Registered URLs:", "Request queues:", "Max requests", "Number of active processes attached",
        "Controller process ID", "Processes:", "image", "Services",
    ),
)  # fmt: skip
GERMAN = Language(
    code="de",
    bindings="SSL-Zertifikatbindungen:",
    by_address="IP:Port",
    by_name="Hostname:Port",
    rows=(
        "Zertifikathash", "Anwendungs-ID", "Zertifikatspeichername", "Clientzertifikatsperre überprüfen",
        "Sperre nur mithilfe des zwischengespeicherten Clientzertifikats überprüfen", "Syntaxüberprüfung",
        "Sperraktualisierungszeit", "Zeitlimit für den URL-Abruf", "Steuerelement-ID", "Steuerelement-Speichername",
        "DS-Zuordnungsverwendung", "Clientzertifikat aushandeln", "Verbindungen ablehnen", "HTTP2 deaktivieren",
        "QUIC deaktivieren", "TLS1.2 deaktivieren", "TLS1.3 deaktivieren", "OCSP-Stapling deaktivieren",
        "Tokenbindung aktivieren", "Erweiterte Ereignisse protokollieren", "Ältere TLS-Versionen deaktivieren",
        "Sitzungsticket aktivieren", "Sitzungs-ID deaktivieren", "Zwischenspeichern von Client Hello aktivieren",
    ),
    enabled="Aktiviert", disabled="Deaktiviert", set="Festgelegt", unset="Nicht festgelegt",
    reservations="URL-Reservierungen:", reserved="Reservierte URL", user="Benutzer", listen="Abhören",
    delegate="Delegieren", yes="Ja", no="Nein", unknown_sid="SID konnte nicht gesucht werden. Fehler: 1332",
    proxy_heading="Aktuelle WinHTTP-Proxyeinstellungen:", direct="Direktzugriff (kein Proxyserver).",
    proxy="Proxyserver", bypass="Umgehungsliste", none="(Keine)",
    listen_list="In der IP-Abhörliste vorhandene IP-Adressen:",
    exclusions=("Portausschlussbereiche für Protokoll tcp", "Startport", "Endport", "Verwaltete Portausschlüsse."),
    state=(
        "Momentaufnahme des HTTP-Dienststatus (Serversitzungsansicht):", "Serversitzungs-ID", "Version", "Status",
        "Aktiv", "URL-Gruppen:", "URL-Gruppen-ID", "Name der Anforderungswarteschlange",
        "Die Anforderungswarteschlange hat keinen Namen.", "Anzahl registrierter URLs", "Registrierte URLs:",
        "Anforderungswarteschlangen:", "Maximale Anforderungen", "Anzahl angefügter aktiver Prozesse",
        "Controllerprozess-ID", "Prozesse:", "Image", "Dienste",
    ),
)  # fmt: skip
FRENCH = Language(
    code="fr",
    colon="\u00a0: ",
    bindings="Liaisons de certificats SSL\u00a0:",
    by_address="IP:port",
    by_name="Nom d’hôte:port",
    rows=(
        "Hachage du certificat", "ID de l’application", "Nom du magasin de certificats",
        "Vérifier la révocation du certificat client",
        "Vérifier la révocation au moyen du certificat client mis en cache uniquement",
        "Vérification de l’utilisation", "Délai d’actualisation de la révocation",
        "Délai d’attente de récupération des URL", "Identificateur CTL", "Nom du magasin CTL",
        "Utilisation du mappeur DS", "Négocier le certificat client", "Rejeter les connexions", "Désactiver HTTP2",
        "Désactiver QUIC", "Désactiver TLS1.2", "Désactiver TLS1.3", "Désactiver l’agrafage OCSP",
        "Activer la liaison de jeton", "Consigner les événements étendus", "Désactiver les versions TLS héritées",
        "Activer le ticket de session", "Désactiver l’ID de session", "Activer la mise en cache de Client Hello",
    ),
    enabled="Activé", disabled="Désactivé", set="Défini", unset="Non défini",
    reservations="Réservations d’URL\u00a0:", reserved="URL réservée", user="Utilisateur", listen="Écouter",
    delegate="Déléguer", yes="Oui", no="Non", unknown_sid="Impossible de rechercher le SID, erreur\u00a0: 1332",
    proxy_heading="Paramètres de proxy WinHTTP actuels\u00a0:", direct="Accès direct (sans serveur proxy).",
    proxy="Serveur(s) proxy", bypass="Liste de contournement", none="(aucun)",
    listen_list="Adresses IP présentes dans la liste d’écoute IP\u00a0:",
    exclusions=("Plages d’exclusion de ports du protocole tcp", "Port de début", "Port de fin", "Exclusions gérées."),
    state=(
        "Instantané de l’état du service HTTP (vue de session du serveur)\u00a0:", "ID de session du serveur",
        "Version", "État", "Actif", "Groupes d’URL\u00a0:", "ID de groupe d’URL", "Nom de la file d’attente",
        "La file d’attente de demandes n’a pas de nom.", "Nombre d’URL inscrites", "URL inscrites\u00a0:",
        "Files d’attente de demandes\u00a0:", "Nombre maximal de demandes", "Nombre de processus actifs attachés",
        "ID du processus contrôleur", "Processus\u00a0:", "image", "Services",
    ),
)  # fmt: skip
SPANISH = Language(
    code="es",
    bindings="Enlaces de certificados SSL:",
    by_address="IP:puerto",
    by_name="Nombre de host:puerto",
    rows=(
        "Hash del certificado", "Id. de aplicación", "Nombre del almacén de certificados",
        "Comprobar la revocación del certificado de cliente",
        "Comprobar la revocación solo con el certificado de cliente en caché", "Comprobación de uso",
        "Tiempo de actualización de revocación", "Tiempo de espera de recuperación de URL", "Identificador de CTL",
        "Nombre del almacén de CTL", "Uso del asignador DS", "Negociar certificado de cliente",
        "Rechazar conexiones", "Deshabilitar HTTP2", "Deshabilitar QUIC", "Deshabilitar TLS1.2",
        "Deshabilitar TLS1.3", "Deshabilitar asociación OCSP", "Habilitar enlace de tokens",
        "Registrar eventos extendidos", "Deshabilitar versiones TLS heredadas", "Habilitar vale de sesión",
        "Deshabilitar id. de sesión", "Habilitar caché de Client Hello",
    ),
    enabled="Habilitado", disabled="Deshabilitado", set="Establecido", unset="No establecido",
    reservations="Reservas de direcciones URL:", reserved="Dirección URL reservada", user="Usuario",
    listen="Escuchar", delegate="Delegar", yes="Sí", no="No",
    unknown_sid="No se puede buscar el SID; error: 1332",
    proxy_heading="Configuración actual del proxy WinHTTP:", direct="Acceso directo (sin servidor proxy).",
    proxy="Servidores proxy", bypass="Lista de omisión", none="(ninguno)",
    listen_list="Direcciones IP presentes en la lista de escucha de IP:",
    exclusions=("Intervalos de exclusión de puertos del protocolo tcp", "Puerto de inicio", "Puerto final", "Admin."),
    state=(
        "Instantánea del estado del servicio HTTP (vista de sesión del servidor):", "Id. de sesión del servidor",
        "Versión", "Estado", "Activo", "Grupos de direcciones URL:", "Id. de grupo de direcciones URL",
        "Nombre de cola de solicitudes", "La cola de solicitudes no tiene nombre.",
        "Número de direcciones URL registradas", "Direcciones URL registradas:", "Colas de solicitudes:",
        "Máximo de solicitudes", "Número de procesos activos conectados", "Id. de proceso del controlador",
        "Procesos:", "imagen", "Servicios",
    ),
)  # fmt: skip
PORTUGUESE = Language(
    code="pt",
    bindings="Associações de certificados SSL:",
    by_address="IP:porta",
    by_name="Nome do host:porta",
    rows=(
        "Hash do certificado", "ID do aplicativo", "Nome do repositório de certificados",
        "Verificar a revogação do certificado do cliente",
        "Verificar a revogação usando somente o certificado do cliente armazenado em cache", "Verificação de uso",
        "Tempo de atualização da revogação", "Tempo limite de recuperação de URL", "Identificador de CTL",
        "Nome do repositório de CTL", "Uso do mapeador do DS", "Negociar certificado do cliente",
        "Rejeitar conexões", "Desabilitar HTTP2", "Desabilitar QUIC", "Desabilitar TLS1.2", "Desabilitar TLS1.3",
        "Desabilitar grampeamento OCSP", "Habilitar associação de token", "Registrar eventos estendidos",
        "Desabilitar versões herdadas do TLS", "Habilitar tíquete de sessão", "Desabilitar ID de sessão",
        "Habilitar cache de Client Hello",
    ),
    enabled="Habilitado", disabled="Desabilitado", set="Definido", unset="Não definido",
    reservations="Reservas de URL:", reserved="URL reservada", user="Usuário", listen="Escutar",
    delegate="Delegar", yes="Sim", no="Não", unknown_sid="Não é possível pesquisar o sid, erro: 1332",
    proxy_heading="Configurações de proxy WinHTTP atuais:", direct="Acesso direto (sem servidor proxy).",
    proxy="Servidor(es) Proxy", bypass="Lista de bypass", none="(nenhum)",
    listen_list="Endereços IP presentes na lista de escuta IP:",
    exclusions=("Intervalos de exclusão de porta do protocolo tcp", "Porta inicial", "Porta final", "Gerenciadas."),
    state=(
        "Instantâneo do estado do serviço HTTP (modo de exibição de sessão):", "ID da sessão do servidor", "Versão",
        "Estado", "Ativo", "Grupos de URLs:", "ID do grupo de URLs", "Nome da fila de solicitações",
        "A fila de solicitações não tem nome.", "Número de URLs registradas", "URLs registradas:",
        "Filas de solicitações:", "Máximo de solicitações", "Número de processos ativos anexados",
        "ID do processo do controlador", "Processos:", "imagem", "Serviços",
    ),
)  # fmt: skip
JAPANESE = Language(
    code="ja",
    bindings="SSL 証明書のバインド:",
    by_address="IP:ポート",
    by_name="ホスト名:ポート",
    rows=(
        "証明書ハッシュ", "アプリケーション ID", "証明書ストア名", "クライアント証明書の失効の確認",
        "キャッシュされたクライアント証明書のみを使用した失効の確認", "使用状況の確認", "失効の更新時間",
        "URL 取得タイムアウト", "Ctl 識別子", "Ctl ストア名", "DS マッパーの使用",
        "クライアント証明書のネゴシエート", "接続の拒否", "HTTP2 の無効化", "QUIC の無効化", "TLS1.2 の無効化",
        "TLS1.3 の無効化", "OCSP ステープリングの無効化", "トークン バインドの有効化", "拡張イベントのログ記録",
        "レガシ TLS バージョンの無効化", "セッション チケットの有効化", "セッション ID の無効化",
        "Client Hello のキャッシュの有効化",
    ),
    enabled="有効", disabled="無効", set="設定済み", unset="未設定",
    reservations="URL 予約:", reserved="予約された URL", user="ユーザー", listen="リッスン", delegate="委任",
    yes="はい", no="いいえ", unknown_sid="SID を検索できません。エラー: 1332",
    proxy_heading="現在の WinHTTP プロキシ設定:", direct="直接アクセス (プロキシ サーバーなし)。",
    proxy="プロキシ サーバー", bypass="バイパス一覧", none="(なし)",
    listen_list="IP リッスン一覧に存在する IP アドレス:",
    exclusions=("プロトコル tcp ポート除外範囲", "開始ポート", "終了ポート", "管理されたポート除外"),
    state=(
        "HTTP サービスの状態のスナップショット (サーバー セッション ビュー):", "サーバー セッション ID",
        "バージョン", "状態", "アクティブ", "URL グループ:", "URL グループ ID", "要求キュー名",
        "要求キューに名前がありません。", "登録された URL の数", "登録された URL:", "要求キュー:", "最大要求数",
        "接続されているアクティブなプロセスの数", "コントローラー プロセス ID", "プロセス:", "イメージ", "サービス",
    ),
)  # fmt: skip
RUSSIAN = Language(
    code="ru",
    bindings="Привязки SSL-сертификатов:",
    by_address="IP:порт",
    by_name="Имя узла:порт",
    rows=(
        "Хэш сертификата", "Код приложения", "Имя хранилища сертификатов", "Проверять отзыв сертификата клиента",
        "Проверять отзыв, используя только кэшированный сертификат клиента", "Проверка использования",
        "Время обновления сведений об отзыве", "Время ожидания получения URL-адреса", "Идентификатор CTL",
        "Имя хранилища CTL", "Использование сопоставителя DS", "Согласовывать сертификат клиента",
        "Отклонять подключения", "Отключить HTTP2", "Отключить QUIC", "Отключить TLS1.2", "Отключить TLS1.3",
        "Отключить сшивание OCSP", "Включить привязку маркера", "Регистрировать расширенные события",
        "Отключить устаревшие версии TLS", "Включить билет сеанса", "Отключить код сеанса",
        "Включить кэширование Client Hello",
    ),
    enabled="Включено", disabled="Отключено", set="Задано", unset="Не задано",
    reservations="Резервирования URL-адресов:", reserved="Зарезервированный URL-адрес", user="Пользователь",
    listen="Прослушивание", delegate="Делегирование", yes="Да", no="Нет",
    unknown_sid="Не удается найти ИД безопасности, ошибка: 1332",
    proxy_heading="Текущие параметры прокси WinHTTP:", direct="Прямой доступ (без прокси-сервера).",
    proxy="Прокси-серверы", bypass="Список обхода", none="(нет)",
    listen_list="IP-адреса, имеющиеся в списке прослушивания IP:",
    exclusions=("Диапазоны исключения портов протокола tcp", "Начальный порт", "Конечный порт", "Администрируемые."),
    state=(
        "Моментальный снимок состояния службы HTTP (представление сеанса):", "Код сеанса сервера", "Версия",
        "Состояние", "Активно", "Группы URL-адресов:", "Код группы URL-адресов", "Имя очереди запросов",
        "Очередь запросов не имеет имени.", "Число зарегистрированных URL-адресов", "Зарегистрированные URL-адреса:",
        "Очереди запросов:", "Максимум запросов", "Число подключенных активных процессов", "Код процесса контроллера",
        "Процессы:", "образ", "Службы",
    ),
)  # fmt: skip
CHINESE = Language(
    code="zh",
    bindings="SSL 证书绑定:",
    by_address="IP:端口",
    by_name="主机名:端口",
    rows=(
        "证书哈希", "应用程序 ID", "证书存储名称", "验证客户端证书吊销", "仅使用缓存的客户端证书验证吊销",
        "使用情况检查", "吊销刷新时间", "URL 检索超时", "Ctl 标识符", "Ctl 存储名称", "DS 映射程序使用情况",
        "协商客户端证书", "拒绝连接", "禁用 HTTP2", "禁用 QUIC", "禁用 TLS1.2", "禁用 TLS1.3", "禁用 OCSP 装订",
        "启用令牌绑定", "记录扩展事件", "禁用旧版 TLS", "启用会话票证", "禁用会话 ID", "启用缓存客户端问候",
    ),
    enabled="已启用", disabled="已禁用", set="已设置", unset="未设置",
    reservations="URL 保留项:", reserved="保留的 URL", user="用户", listen="侦听", delegate="委派", yes="是", no="否",
    unknown_sid="无法查找 SID，错误: 1332",
    proxy_heading="当前的 WinHTTP 代理服务器设置:", direct="直接访问(没有代理服务器)。",
    proxy="代理服务器", bypass="绕过列表", none="(无)",
    listen_list="IP 侦听列表中存在的 IP 地址:",
    exclusions=("协议 tcp 端口排除范围", "开始端口", "结束端口", "管理的端口排除。"),
    state=(
        "HTTP 服务状态快照(服务器会话视图):", "服务器会话 ID", "版本", "状态", "活动", "URL 组:", "URL 组 ID",
        "请求队列名称", "请求队列未命名。", "已注册的 URL 数", "已注册的 URL:", "请求队列:", "最大请求数",
        "附加的活动进程数", "控制器进程 ID", "进程:", "映像", "服务",
    ),
)  # fmt: skip
LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, JAPANESE, RUSSIAN, CHINESE)
TRANSLATED = LANGUAGES[1:]
