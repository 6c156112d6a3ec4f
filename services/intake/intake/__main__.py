"""`python -m intake`: settings, compose, run."""

import uvloop

from intake.compose import run
from intake.settings import IntakeSettings
from shared.runtime import logs
from shared.runtime.settings import load

if __name__ == "__main__":
    settings = load(IntakeSettings)
    logs.configure("intake", settings.log_level)
    uvloop.run(run(settings))
