"""What every service reads from its environment. Only settings modules do so."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, PositiveInt, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Environment = Literal["local", "production"]
LOOPBACK = "127.0.0.1"
DEMO_PREFIX = "local-"
S = TypeVar("S", bound="ServiceSettings")


class ServiceSettings(BaseSettings):
    """The common environment; services add their own fields.

    `app_env` is production unless said otherwise, so that forgetting it never opens the demo's doors.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    app_env: Environment = "production"
    host: str = LOOPBACK
    port: PositiveInt
    database_url: str = Field(repr=False)
    kafka_bootstrap_servers: str = "127.0.0.1:8092"
    intake_url: str = "http://127.0.0.1:8001"
    sla_engine_url: str = "http://127.0.0.1:8002"
    escalation_url: str = "http://127.0.0.1:8003"
    notifier_url: str = "http://127.0.0.1:8004"
    projections_url: str = "http://127.0.0.1:8005"
    portal_url: str = "http://127.0.0.1:8000"
    service_token: str = Field(default="", repr=False)
    credentials_file: Path
    seeds_dir: Path = Path("seeds")
    smtp_host: str = LOOPBACK
    smtp_port: PositiveInt = 8025
    mail_dir: Path | None = None
    mail_from: str = "support@stafett.example"
    trace_file: Path | None = None
    otel_exporter_otlp_endpoint: str | None = None
    clock_offset_seconds: float = 0
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def clock_offset(self) -> timedelta:
        """Added to the database's clock, in tests and the harness only."""
        return timedelta(seconds=self.clock_offset_seconds)

    @property
    def is_local(self) -> bool:
        """Whether demo credentials and local-only routes are allowed."""
        return self.app_env == "local"

    @model_validator(mode="after")
    def _never_demo_open(self) -> Self:
        if self.is_local and self.host != LOOPBACK:
            raise ValueError(
                f"APP_ENV=local has demo credentials, so HOST must be {LOOPBACK}; "
                "set APP_ENV=production to listen elsewhere"
            )
        if not self.is_local and self.service_token.startswith(DEMO_PREFIX):
            raise ValueError("SERVICE_TOKEN is a demo credential; give a secret one, or set APP_ENV=local")
        if not self.is_local and self.clock_offset_seconds:
            raise ValueError("CLOCK_OFFSET_SECONDS is for tests; it needs APP_ENV=local")
        return self


def load(kind: Callable[..., S]) -> S:
    """Settings from the environment; one clear line per fault, and a non-zero exit, when they do not hold."""
    try:
        return kind()
    except ValidationError as error:
        lines = (_line(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors())
        raise SystemExit("\n".join(lines)) from None


def _line(name: str, message: str) -> str:
    return f"{name.upper()}: {message}" if name else message.removeprefix("Value error, ")
