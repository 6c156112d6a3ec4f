"""The engine's settings: only the common ones."""

from shared.runtime.settings import ServiceSettings


class SlaEngineSettings(ServiceSettings):
    """`seeds_dir` has the contracts in force; `intake_url` and `escalation_url` the feeds it starts from."""

    port: int = 8002
