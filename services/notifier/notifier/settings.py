"""The notifier's settings: the common ones, how mail goes out, and what may wait."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, PositiveInt, StringConstraints, model_validator

from notifier.domain.holding import Quiet, QuietHours
from shared.events.notification import Recipient
from shared.runtime.settings import ServiceSettings

BY_DAY = {"team": "22:00-06:00", "assignee": "22:00-06:00"}
"""Support's mailboxes rest at night; whoever must be woken is told at once: alerts, P1's matters, clocks."""

WebhookKey = Annotated[str, StringConstraints(min_length=32)]


class NotifierSettings(ServiceSettings):
    """`team_mail_domain`: a team that `teams.yaml` does not list is reached at `<team>@<domain>`.

    `smtp_connections`: at once. `burst_seconds`: what follows within that time of another notice to the same
    person about the same ticket is told in one mail; 0 tells everything alone. `quiet_hours`: recipient →
    local time on the contract's clock, as JSON; unset means `BY_DAY`, and locally none, so that a
    demonstration shows its mail at any hour. `templates_dir`: an organisation's own words, see the README.
    `webhook_keys`: from which webhooks' secrets are derived, as JSON, the newest first; an older one stays
    until all that it derived has been rotated.
    """

    port: PositiveInt = 8004
    team_mail_domain: str = "support.example"
    smtp_connections: int = Field(default=4, ge=1, le=64)
    smtp_username: str | None = None
    smtp_password: str | None = Field(default=None, repr=False)
    burst_seconds: float = Field(default=10, ge=0, le=3600)
    quiet_hours: dict[Recipient, str] | None = None
    templates_dir: Path | None = None
    webhook_keys: list[WebhookKey] = Field(default=[], repr=False)

    @property
    def quiet(self) -> Quiet:
        """The quiet hours of each kind of recipient that has any."""
        spans = self.quiet_hours if self.quiet_hours is not None else {} if self.is_local else BY_DAY
        return {recipient: QuietHours.parse(span) for recipient, span in spans.items()}  # type: ignore[misc]

    @model_validator(mode="after")
    def _quiet_hours_can_be_read(self) -> Self:
        assert self.quiet is not None
        return self
