"""Apache Kafka's own jars, fetched once by Maven into a cache that every checkout shares."""

import re
import shutil
import subprocess
import tempfile
from functools import cache as once
from pathlib import Path

from stack.places import KAFKA_FOLDER, Unready, cache
from stack.prerequisites import maven

_POM = KAFKA_FOLDER / "pom.xml"


def version() -> str:
    """Kafka's version, as the pom names it."""
    found = re.search(r"<kafka\.version>([^<]+)<", _POM.read_text())
    assert found
    return found[1]


def cached() -> bool:
    """Are the jars here already?"""
    return _folder().is_dir()


@once
def jars() -> Path:
    """The folder of jars (54 MB), fetched when missing; raises `Unready` without Maven or network."""
    folder = _folder()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fetched = Path(tempfile.mkdtemp(prefix="fetching-", dir=folder.parent))
        try:
            _fetch(fetched)
            fetched.rename(folder)  # whole or not at all
        except OSError:
            if not folder.is_dir():  # else another start was faster: its jars are as good
                raise
        finally:
            shutil.rmtree(fetched, ignore_errors=True)
    return folder


def _folder() -> Path:
    return cache() / f"kafka-{version()}"


def _fetch(folder: Path) -> None:
    done = subprocess.run(
        [maven(), "-q", "-B", "-ntp", "-f", str(_POM), f"-Djars={folder}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unready(
            f"Maven could not fetch Kafka's jars (it needs its repository once):\n{done.stdout[-2000:]}"
        )
