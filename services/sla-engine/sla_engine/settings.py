"""The engine's settings: only the common ones."""

from shared.runtime.settings import ServiceSettings


class SlaEngineSettings(ServiceSettings):
    """`intake_url` and `escalation_url` have the feeds it starts from."""

    port: int = 8002
