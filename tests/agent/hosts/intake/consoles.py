"""What consoles print in many languages, with the OEM and ANSI code pages that Windows gives each.

The lines are made up after the shape of what netsh, certutil and others
print; they are what the statistics of encodings are measured by, and nothing
else is.
"""

# ruff: noqa: RUF001 - the letters of other alphabets are what this is about

from typing import NamedTuple


class Console(NamedTuple):
    """A language of Windows: its two code pages and some lines."""

    language: str
    oem: str
    ansi: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the lines as one output."""
        return "\r\n".join(self.lines) + "\r\n"


def typed(text: str, page: str) -> str:
    """Return a text as a console of this page has it: cp850 knows no typographic apostrophe."""
    return text.replace("\u2019", "'") if page == "cp850" else text


def _console(language: str, oem: str, ansi: str, text: str) -> Console:
    return Console(language, oem, ansi, tuple(line for line in text.splitlines() if line.strip()))


CONSOLES = (
    _console("German", "cp850", "cp1252", """
SSL-Zertifikatbindungen:
    Zertifikatsperrüberprüfung                  : Aktiviert
    Sperrüberprüfung mithilfe des zwischengespeicherten Clientzertifikats : Deaktiviert
    Verwendungsüberprüfung                      : Aktiviert
    Abhören: Ja
Der Vorgang wurde für die Gültigkeitsdauer abgeschlossen.
Schlüsselcontainer = {5d89a20c-beab-4389-9447-324788eb944a}
Die Sperrfunktion konnte die Sperrung nicht prüfen, da der Sperrserver offline war.
Öffentlicher Schlüssel: 2048 Bits
Länge des Kettenelements: größer als 3
"""),
    _console("French", "cp850", "cp1252", """
Numéro de série : 1a2b3c4d5e
Émetteur: CN=Contoso Issuing CA 1
Il ne s’agit pas d’un certificat racine
Empreinte numérique du certificat : 33b4d1
Conteneur de clé = tokentimer-job
Test de chiffrement réussi
Vérification de révocation des certificats clients : activée
La commande s’est terminée correctement.
Délai d’expiration de la récupération d’URL : 0
Le serveur de révocation était hors connexion
Accès direct (aucun serveur proxy) à l’hôte
"""),
    _console("Spanish", "cp850", "cp1252", """
Enlaces de certificado SSL:
    Hash de certificado           : 33b4d1
    Id. de aplicación             : {5d89a20c-beab-4389-9447-324788eb944a}
    Nombre del almacén            : MY
    Comprobar revocación de certificado de cliente : Habilitado
    Comprobar uso                 : Habilitado
Número de serie: 1a2b3c4d5e
La función de revocación no puede comprobar la revocación
El certificado raíz no es de confianza
Contraseña de sólo lectura; ¿está vacía?
Configuración actual del proxy WinHTTP: acceso directo (sin servidor)
"""),
    _console("Italian", "cp850", "cp1252", """
URL prenotati           : http://*:8096/
Il certificato non è attendibile
Verifica revoca del certificato client: attività abilitata
Modalità di verifica: più recente
Autorità di certificazione intermedia
Il comando non è riuscito perché il server di revoca è offline
L'operazione è già stata completata; così sarà
Proprietà del server proxy: nessuna (c'è accesso diretto)
"""),
    _console("Portuguese", "cp850", "cp1252", """
Associações de certificado SSL:
    Verificar a revogação do certificado de cliente : Habilitado
    Identificação do aplicativo   : {5d89a20c-beab-4389-9447-324788eb944a}
    Nome do repositório           : MY
Número de série: 1a2b3c4d5e
A função de revogação não pôde verificar a revogação
Configurações atuais de proxy WinHTTP: acesso direto (não há servidor)
Usuário: não é possível localizar
Impressão digital do cabeçalho
"""),
    _console("Dutch", "cp850", "cp1252", """
De opdracht is voltooid; geen coördinaten
Geïmporteerde certificaten: één gevonden
Beëindigd vóór het einde van de geldigheid
De intrekkingsserver is niet beschikbaar (reünie)
"""),
    _console("Swedish", "cp850", "cp1252", """
SSL-certifikatbindningar:
    Kontrollera återkallning av klientcertifikat : Aktiverad
    Användare: NT SERVICE
        Lyssna: Ja, för alla värdnamn
Utfärdare: CN=Contoso Issuing CA 1
Ämne: CN=www.example.com
Åtgärden har slutförts
Återkallningsfunktionen kunde inte kontrollera återkallningen
Nyckelbehållare är inte tillgänglig; försök på nytt
"""),
    _console("Danish", "cp850", "cp1252", """
Udsteder: CN=Contoso Issuing CA 1, gyldig før udløb
Nøglebeholder er ikke tilgængelig
Tilbagekaldelse på klientcertifikat: aktiveret på værten
Gennemført: kommandoen lykkedes på første forsøg
Rodcertifikatet er ikke pålideligt; søg efter årsag
Ændringer gemmes også på øvrige servere
"""),
    _console("Norwegian", "cp850", "cp1252", """
Utsteder er gyldig før utløp
Nøkkelbeholder er ikke tilgjengelig på nåværende tidspunkt
Kommandoen ble fullført; må kjøres på nytt
Tilbakekallingsserveren er frakoblet; prøv på nytt
Være på vakt: høyeste tillatte størrelse er nådd
"""),
    _console("Finnish", "cp850", "cp1252", """
Myöntäjä: CN=Contoso Issuing CA 1
Käyttäjä: NT SERVICE
Varmenteen päämyöntäjään ei luoteta
Komento suoritettiin loppuun: määritetty käyttäen välityspalvelinta
Tämä toiminto epäonnistui, yritä myöhemmin
Äärettömän pitkä Öljy-yhtiö
"""),
    _console("Icelandic", "cp850", "cp1252", """
Útgefandi: gilt þar til í maí
Notandi er ekki með aðgang að þjóninum
Skilríkið er ógilt; lykillinn fannst ekki í hólfinu
Þjónn svarar ekki, reyndu aftur síðar
Það tókst að ljúka aðgerðinni
"""),
    _console("Catalan", "cp850", "cp1252", """
Número de sèrie: 1a2b3c4d5e
L'emissor no és de confiança
La funció de revocació no està disponible
Configuració actual: accés directe perquè no hi ha cap servidor
Aplicació desactivada; això és vàlid només així
"""),
    _console("Polish", "cp852", "cp1250", """
Powiązania certyfikatu SSL:
    Skrót certyfikatu             : 33b4d1
    Identyfikator aplikacji       : {5d89a20c-beab-4389-9447-324788eb944a}
    Sprawdź odwołanie certyfikatu klienta : Włączone
    Użycie sprawdzania            : Wyłączone
Użytkownik: NT SERVICE
Nasłuchuj: Tak
Funkcja odwołania nie może sprawdzić odwołania, ponieważ serwer jest w trybie offline
Wystawca: CN=Contoso Issuing CA 1, ważny do końca miesiąca
Polecenie zostało wykonane pomyślnie
Bieżące ustawienia serwera proxy WinHTTP: dostęp bezpośredni
"""),
    _console("Czech", "cp852", "cp1250", """
Vazby certifikátu SSL:
    Hodnota hash certifikátu      : 33b4d1
    Název úložiště certifikátů    : MY
    Ověřit odvolání klientského certifikátu : Povoleno
    Uživatel: NT SERVICE
Sériové číslo: 1a2b3c4d5e
Vystavitel: CN=Contoso Issuing CA 1
Funkce odvolání nemohla ověřit odvolání, protože server byl offline
Příkaz byl úspěšně dokončen
Aktuální nastavení serveru proxy: přímý přístup (bez serveru)
Řetěz certifikátů končí kořenem, který není důvěryhodný
"""),
    _console("Slovak", "cp852", "cp1250", """
Sériové číslo: 1a2b3c4d5e
Používateľ: NT SERVICE
Vydavateľ nie je dôveryhodný
Funkcia zrušenia nemohla overiť zrušenie, pretože server bol offline
Príkaz sa úspešne dokončil
Aktuálne nastavenie servera proxy: priamy prístup
Názov úložiska certifikátov: MY; kľúč chýba
"""),
    _console("Hungarian", "cp852", "cp1250", """
SSL-tanúsítványok kötései:
    Tanúsítvány kivonata          : 33b4d1
    Alkalmazásazonosító           : {5d89a20c-beab-4389-9447-324788eb944a}
    Tanúsítványtároló neve        : MY
Felhasználó: NT SERVICE
Kiállító: CN=Contoso Issuing CA 1
A visszavonás ellenőrzése nem sikerült, mert a kiszolgáló nem érhető el
A parancs sikeresen befejeződött
Közvetlen hozzáférés (nincs proxykiszolgáló)
Érvényességi idő vége: holnap; következő frissítés után
"""),
    _console("Romanian", "cp852", "cp1250", """
Emitent: CN=Contoso Issuing CA 1, în vigoare până mâine
Verificare revocare certificat client: activată
Certificatul rădăcină nu este de încredere
Comanda s-a finalizat cu succes, fără erori în această sesiune
Setări proxy curente: acces direct (fără server proxy)
Numărul de serie şi amprenta; operaţia a reuşit, autorităţile sunt cunoscute
"""),
    _console("Slovene", "cp852", "cp1250", """
Preverjanje preklica odjemalčevega potrdila : Omogočeno
Serijska številka: 1a2b3c4d5e
Strežnik za preklic ni dosegljiv; poskusite znova čez čas
Uporabniško ime že obstaja
Ukaz je bil uspešno končan
"""),
    _console("Croatian", "cp852", "cp1250", """
Izdavač: CN=Contoso Issuing CA 1
Provjera opoziva klijentskog certifikata: omogućeno
Naredba je uspješno dovršena; korisničko ime nije nađeno
Poslužitelj za opoziv nije dostupan, pokušajte ponovno kasnije
Ključ je već izbrisan sa svih računala
"""),
    _console("Turkish", "cp857", "cp1254", """
SSL Sertifika bağlamaları:
    Sertifika Karması             : 33b4d1
    Uygulama Kimliği              : {5d89a20c-beab-4389-9447-324788eb944a}
    Sertifika Deposu Adı          : MY
    İstemci Sertifika İptalini Doğrula : Etkin
    Kullanıcı: NT SERVICE
Seri Numarası: 1a2b3c4d5e
İptal sunucusu çevrimdışı olduğundan iptal işlevi iptali denetleyemedi
Komut başarıyla tamamlandı
Geçerli WinHTTP ara sunucu ayarları: doğrudan erişim
Yayımcı güvenilir değil; şifreleme başarısız oldu
"""),
    _console("Lithuanian", "cp775", "cp1257", """
Išdavėjas: CN=Contoso Issuing CA 1, galioja iki mėnesio pabaigos
Šakninis sertifikatas nėra patikimas
Naudotojas nerastas; bandykite dar kartą vėliau
Atšaukimo serveris neprieinamas, todėl būsena nežinoma
Komanda įvykdyta sėkmingai, klaidų nėra
"""),
    _console("Latvian", "cp775", "cp1257", """
Izdevējs: CN=Contoso Issuing CA 1
Saknes sertifikāts nav uzticams
Lietotājs nav atrasts; mēģiniet vēlāk vēlreiz
Komanda ir veiksmīgi izpildīta, kļūdu nav
Pašreizējie starpniekservera iestatījumi: tieša piekļuve
"""),
    _console("Estonian", "cp775", "cp1257", """
Väljaandja: kehtib kuni järgmise kuuni
Kasutajat ei leitud; proovige hiljem uuesti või küsige õigusi
Juursertifikaati ei usaldata, sest tühistusserver ei ole kättesaadav
Käsk on edukalt lõpule viidud
Võti on hoidlas; sõrmejälg ühtib
"""),
    _console("Russian", "cp866", "cp1251", """
Привязки SSL-сертификата:
    Хэш сертификата               : 33b4d1
    Код приложения                : {5d89a20c-beab-4389-9447-324788eb944a}
    Имя хранилища сертификатов    : MY
    Проверять отзыв сертификата клиента : Включено
Пользователь: NT SERVICE
Серийный номер: 1a2b3c4d5e
Уд. отпечаток
Поставщик: CN=Contoso Issuing CA 1
Функция отзыва не смогла произвести проверку отзыва, т.к. сервер отзыва сертификатов недоступен
Текущие параметры прокси-сервера WinHTTP: прямой доступ (без прокси)
Да
"""),
    _console("Ukrainian", "cp1251", "cp1251", """
Серійний номер: 1a2b3c4d5e
Користувач: NT SERVICE
Видавець не є надійним
Функція відкликання не змогла перевірити відкликання, оскільки сервер недоступний
Команду успішно виконано
Поточні параметри проксі-сервера: прямий доступ
"""),
    _console("Bulgarian", "cp866", "cp1251", """
Сериен номер: 1a2b3c4d5e
Потребител: NT SERVICE
Издателят не е надежден
Функцията за отмяна не можа да провери отмяната, защото сървърът е недостъпен
Командата завърши успешно
"""),
    _console("Greek", "cp737", "cp1253", """
Συνδέσεις πιστοποιητικού SSL:
    Κατακερματισμός πιστοποιητικού : 33b4d1
    Αναγνωριστικό εφαρμογής       : {5d89a20c-beab-4389-9447-324788eb944a}
    Όνομα χώρου αποθήκευσης       : MY
Χρήστης: NT SERVICE
Σειριακός αριθμός: 1a2b3c4d5e
Εκδότης: CN=Contoso Issuing CA 1
Η εντολή ολοκληρώθηκε με επιτυχία
Ο διακομιστής ανάκλησης ήταν εκτός σύνδεσης
Ναι
"""),
    _console("Hebrew", "cp862", "cp1255", """
מספר סידורי: 1a2b3c4d5e
משתמש: NT SERVICE
מנפיק: CN=Contoso Issuing CA 1
הפקודה הושלמה בהצלחה
שרת הביטול אינו מקוון ולכן לא ניתן לבדוק את הביטול
הגדרות שרת ה-Proxy הנוכחיות: גישה ישירה
כן
"""),
    _console("Arabic", "cp720", "cp1256", """
الرقم التسلسلي: 1a2b3c4d5e
المستخدم: NT SERVICE
المصدر: CN=Contoso Issuing CA 1
تم إكمال الأمر بنجاح
تعذر على وظيفة الإبطال التحقق من الإبطال لأن الخادم غير متصل
إعدادات الوكيل الحالية: وصول مباشر
نعم
"""),
    _console("Thai", "cp874", "cp874", """
หมายเลขลำดับประจำสินค้า: 1a2b3c4d5e
ผู้ใช้: NT SERVICE
ผู้ออก: CN=Contoso Issuing CA 1
คำสั่งเสร็จสมบูรณ์แล้ว
เซิร์ฟเวอร์การเพิกถอนออฟไลน์อยู่ จึงไม่สามารถตรวจสอบได้
ใช่
"""),
    _console("Japanese", "cp932", "cp932", """
SSL 証明書のバインド:
    証明書ハッシュ                : 33b4d1
    アプリケーション ID           : {5d89a20c-beab-4389-9447-324788eb944a}
    証明書ストア名                : MY
    クライアント証明書の失効の検証: 有効
ユーザー: NT SERVICE
シリアル番号: 1a2b3c4d5e
発行者: CN=Contoso Issuing CA 1
失効サーバーがオフラインのため、失効の関数は失効を確認できませんでした。
現在の WinHTTP プロキシ設定: 直接アクセス (プロキシ サーバーなし)。
はい
"""),
    _console("Chinese (simplified)", "cp936", "cp936", """
SSL 证书绑定:
    证书哈希                      : 33b4d1
    应用程序 ID                   : {5d89a20c-beab-4389-9447-324788eb944a}
    证书存储名称                  : MY
    验证客户端证书吊销            : 已启用
用户: NT SERVICE
序列号: 1a2b3c4d5e
颁发者: CN=Contoso Issuing CA 1
由于吊销服务器已脱机，吊销功能无法检查吊销。
当前的 WinHTTP 代理服务器设置: 直接访问(没有代理服务器)。
是
"""),
    _console("Chinese (traditional)", "cp950", "cp950", """
SSL 憑證繫結:
    憑證雜湊                      : 33b4d1
    應用程式識別碼                : {5d89a20c-beab-4389-9447-324788eb944a}
    憑證存放區名稱                : MY
    驗證用戶端憑證撤銷            : 已啟用
使用者: NT SERVICE
序號: 1a2b3c4d5e
簽發者: CN=Contoso Issuing CA 1
因為撤銷伺服器離線，所以撤銷功能無法檢查撤銷。
目前的 WinHTTP Proxy 設定: 直接存取 (沒有 Proxy 伺服器)。
是
"""),
    _console("Korean", "cp949", "cp949", """
SSL 인증서 바인딩:
    인증서 해시                   : 33b4d1
    응용 프로그램 ID              : {5d89a20c-beab-4389-9447-324788eb944a}
    인증서 저장소 이름            : MY
    클라이언트 인증서 해지 확인   : 사용
사용자: NT SERVICE
일련 번호: 1a2b3c4d5e
발급자: CN=Contoso Issuing CA 1
해지 서버가 오프라인이므로 해지 기능이 해지를 확인할 수 없습니다.
현재 WinHTTP 프록시 설정: 직접 액세스(프록시 서버 없음)
예
"""),
)  # fmt: skip
