"""Support's teams, read once from `teams.yaml` beside the other seeds; without it, plain addresses."""

from pathlib import Path
from typing import Any

import msgspec
import yaml

from notifier.domain.teams import Team, Teams

FILE = "teams.yaml"


def read_teams(folder: Path, domain: str) -> Teams:
    """A list of teams, or a mapping with one under `teams`; what else stands there is for other services.

    Raises ValueError naming the file and the field.
    """
    path = folder / FILE
    if not path.is_file():
        return Teams(domain=domain)
    try:
        content: Any = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {error}") from error
    listed = content.get("teams", []) if isinstance(content, dict) else content
    try:
        return Teams(domain=domain, listed=msgspec.convert(listed or [], tuple[Team, ...]))
    except msgspec.ValidationError as error:
        raise ValueError(f"{path}: {error}") from error
