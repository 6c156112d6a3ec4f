"""Escalation's settings: the common ones."""

from shared.runtime.settings import ServiceSettings


class EscalationSettings(ServiceSettings):
    """Nothing of its own yet; PORT defaults to the local one."""

    port: int = 8003
