"""What is measured of webhooks, for Prometheus: an alarm on hooks that were given up rests on it."""

from prometheus_client import Counter

attempts = Counter(
    "notifier_webhook_attempts", "POSTs to receivers, by what came of them (`ok` or a code).", ("outcome",)
)
disabled = Counter("notifier_webhooks_disabled", "Hooks disabled by the system, by reason.", ("reason",))
