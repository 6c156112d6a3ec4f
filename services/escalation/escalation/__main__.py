"""`python -m escalation`: settings, compose, run."""

from escalation.compose import run
from escalation.settings import EscalationSettings
from shared.runtime.serve import main

if __name__ == "__main__":
    main("escalation", EscalationSettings, run)
