"""`python -m notifier`: settings, compose, run."""

from notifier.compose import run
from notifier.settings import NotifierSettings
from shared.runtime.serve import main

if __name__ == "__main__":
    main("notifier", NotifierSettings, run)
