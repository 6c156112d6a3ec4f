"""Run the escalation service: `python -m escalation`."""

from escalation.compose import compose
from escalation.settings import EscalationSettings
from shared.runtime.serve import serve
from shared.runtime.settings import load


def main() -> None:
    """Settings, composition, serving."""
    settings = load(EscalationSettings)
    serve(compose(settings), settings)


if __name__ == "__main__":
    main()
