"""Mail by SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS from the start (RFC 8314), as text and as HTML.

All mail about one finding is one thread: it refers to a name made of the
finding and its opening (RFC 5322, 3.6.4).
"""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader

from farmsight_collector.alerts import words
from farmsight_collector.alerts.channel_settings import Mail
from farmsight_collector.alerts.channels.channel import ANSWER, SendError, said, secret, trust
from farmsight_collector.alerts.message import text

_TEMPLATES: Final = Environment(
    loader=PackageLoader("farmsight_collector.alerts"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


class MailSender:
    """Sends each message over a connection of its own."""

    def __init__(self, settings: Mail, folder: Path) -> None:
        """Send by this server."""
        self._settings = settings
        self._folder = folder
        # Of its own: a server that never ends its answer must hold up nothing else.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail")

    async def send(self, told: Mapping[str, Any]) -> str:
        """Send a message; returns the server's word. Raises SendError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._send, told)

    def _send(self, told: Mapping[str, Any]) -> str:
        settings = self._settings
        mail = compose(told, settings.sender, settings.to)
        try:
            with self._connect() as server:
                if settings.user:
                    server.login(settings.user, secret(self._folder, settings.password_file, settings.password_env))
                refused = server.send_message(mail, settings.sender, list(settings.to))
        except smtplib.SMTPAuthenticationError as error:
            raise SendError(f"the server refused the user: {_answer(error.smtp_code, error.smtp_error)}") from error
        except smtplib.SMTPRecipientsRefused as error:
            final = all(code >= 500 for code, _ in error.recipients.values())
            raise SendError(f"the server refused all recipients: {_refused(error.recipients)}", final=final) from error
        except smtplib.SMTPResponseException as error:
            final = error.smtp_code >= 500
            raise SendError(_answer(error.smtp_code, error.smtp_error), final=final) from error
        except (smtplib.SMTPException, OSError) as error:
            raise SendError(said(error)) from error
        taken = len(settings.to) - len(refused)
        return f"taken for {taken} of {len(settings.to)}" + (f"; refused: {_refused(refused)}" if refused else "")

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, _, port = settings.server.rpartition(":")
        host = host.strip("[]")
        if settings.tls == "tls":
            context = trust(self._folder, settings.ca_file)
            return smtplib.SMTP_SSL(host, int(port), timeout=settings.timeout_s, context=context)
        server = smtplib.SMTP(host, int(port), timeout=settings.timeout_s)
        if settings.tls == "starttls":
            try:
                server.starttls(context=trust(self._folder, settings.ca_file))
            except (smtplib.SMTPNotSupportedError, ssl.SSLError, SendError) as error:
                server.close()
                refused = isinstance(error, smtplib.SMTPNotSupportedError)
                raise SendError("the server offers no STARTTLS" if refused else said(error)) from error
        return server


def compose(told: Mapping[str, Any], sender: str, to: tuple[str, ...]) -> EmailMessage:
    """Return a message as mail. Nothing in it can become a header: what it is of is one line of text."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Subject"] = text(told["summary"], 200)
    mail["Date"] = format_datetime(datetime.fromisoformat(str(told["made"])))
    domain = sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{told['id']}@{domain}>"  # the same in each attempt: a mailbox can tell that it has it
    if thread := _thread(told):
        mail["References"] = f"<{thread}@{domain}>"
        mail["In-Reply-To"] = f"<{thread}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody on holiday answers
    mail["X-Farmsight-Event"] = text(told["event"], 50)
    mail.set_content(words.whole_text(told), cte="quoted-printable")
    page = _TEMPLATES.get_template("mail.html.j2").render(
        told=told, alerts=told["alerts"][: words.SHOWN], facts=words.facts, heading=words.heading
    )
    mail.add_alternative(page, subtype="html", cte="quoted-printable")
    return mail


def _thread(told: Mapping[str, Any]) -> str:
    """Return the name of the finding's thread; a message about several findings begins its own."""
    alerts = told["alerts"]
    if len(alerts) != 1 or told["event"] == "test":
        return ""
    opened = datetime.fromisoformat(str(alerts[0]["opened"]))
    name = f"{alerts[0]['finding']}.{opened:%Y%m%d%H%M%S}"
    return "".join(each for each in name if each.isalnum() or each == ".")


def _answer(code: int, told: bytes | str) -> str:
    said_so = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return text(f"{code} {' '.join(said_so.split())}", ANSWER)


def _refused(recipients: Mapping[str, tuple[int, bytes]]) -> str:
    return text("; ".join(f"{name}: {_answer(*told)}" for name, told in recipients.items()), ANSWER)
