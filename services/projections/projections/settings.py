"""The only place that reads the environment."""

from shared.runtime.settings import ServiceSettings


class ProjectionsSettings(ServiceSettings):
    """The common environment is all that this service needs."""
