"""From the settings of a channel to what sends by it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from farmsight_collector.alerts.channel_settings import Alertmanager, Channel, EventLog, Mail, Syslog, Webhook
from farmsight_collector.alerts.channels.alertmanager import AlertmanagerSender
from farmsight_collector.alerts.channels.channel import Sender
from farmsight_collector.alerts.channels.event_log import EventLogSender
from farmsight_collector.alerts.channels.mail import MailSender
from farmsight_collector.alerts.channels.syslog import SyslogSender
from farmsight_collector.alerts.channels.webhook import WebhookSender


def sender(settings: Channel, folder: Path, now: Callable[[], datetime]) -> Sender:
    """Return what sends by a channel; files that the settings name lie in `folder` unless they are absolute."""
    match settings:
        case Webhook():
            return WebhookSender(settings, folder, now)
        case Mail():
            return MailSender(settings, folder)
        case Syslog():
            return SyslogSender(settings, folder)
        case Alertmanager():
            return AlertmanagerSender(settings, folder)
        case EventLog():
            return EventLogSender(settings)
    raise AssertionError(settings.kind)  # a kind without a sender
