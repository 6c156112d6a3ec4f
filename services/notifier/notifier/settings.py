"""The notifier's settings: the common ones, and how mail goes out."""

from pydantic import Field, PositiveInt

from shared.runtime.settings import ServiceSettings


class NotifierSettings(ServiceSettings):
    """`team_mail_domain`: a team's address is `<team>@<domain>`. `smtp_connections`: at once."""

    port: PositiveInt = 8004
    team_mail_domain: str = "support.example"
    smtp_connections: int = Field(default=4, ge=1, le=64)
    smtp_username: str | None = None
    smtp_password: str | None = Field(default=None, repr=False)
