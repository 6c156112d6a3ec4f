"""Intake's settings: the common ones, and how many commit loops run."""

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """`commit_loops`: one gathers a batch while another commits."""

    commit_loops: int = Field(default=2, ge=1, le=8)
