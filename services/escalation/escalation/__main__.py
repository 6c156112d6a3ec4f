"""`python -m escalation`: settings, compose, run."""

import uvloop

from escalation.compose import run
from escalation.settings import EscalationSettings
from shared.runtime import logs
from shared.runtime.settings import load

if __name__ == "__main__":
    settings = load(EscalationSettings)
    logs.configure("escalation", settings.log_level)
    uvloop.run(run(settings))
