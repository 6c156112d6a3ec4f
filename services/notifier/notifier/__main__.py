"""`python -m notifier`: settings, compose, run."""

import uvloop

from notifier.compose import run
from notifier.settings import NotifierSettings
from shared.runtime import logs
from shared.runtime.settings import load

if __name__ == "__main__":
    settings = load(NotifierSettings)
    logs.configure("notifier", settings.log_level)
    uvloop.run(run(settings))
