"""In which language a record is printed: what the reader's program prefers."""

import re
from typing import get_args

from projections.paper.words import Language

_RANGE = re.compile(
    r"\s*([a-z]{1,8})(?:-[a-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.I | re.ASCII
)


def preferred(accepted: str | None) -> Language | None:
    """The best of the languages that there are by an Accept-Language header (RFC 9110 §12.5.4), if any."""
    known = {language: language for language in get_args(Language)}
    weights: dict[Language, float] = {}
    for part in (accepted or "").split(","):
        found = _RANGE.fullmatch(part)
        language = known.get(found[1].lower()) if found else None
        if found and language:
            weights[language] = max(float(found[2] or 1), weights.get(language, 0.0))
    best = max(weights, key=lambda language: weights[language], default=None)
    return best if best and weights[best] > 0 else None
