"""`python -m sla_engine`: settings, compose, run."""

from shared.runtime.serve import main
from sla_engine.compose import run
from sla_engine.settings import SlaEngineSettings

if __name__ == "__main__":
    main("sla-engine", SlaEngineSettings, run)
