"""`python -m intake`: settings, compose, run."""

from intake.compose import run
from intake.settings import IntakeSettings
from shared.runtime.serve import main

if __name__ == "__main__":
    main("intake", IntakeSettings, run)
