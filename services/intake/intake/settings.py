"""Intake's settings beside the common ones."""

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """`commit_loops`: one gathers a batch while another commits. `most_unpublished`: events that may wait for
    Kafka before writes are refused; ten minutes at 500 events a second.
    """

    commit_loops: int = Field(default=2, ge=1, le=8)
    most_unpublished: int = Field(default=300_000, ge=1)
