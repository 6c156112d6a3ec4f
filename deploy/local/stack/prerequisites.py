"""Programs that the machine must have. Debian's root gets them by apt; anyone else one clear line."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache as once
from pathlib import Path

from stack.places import Unready

_CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
_OLDEST_POSTGRES = 15
_OLDEST_JAVA = 17
TO_PRINT = ("libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
"""Debian's packages for printing records; the second only makes files smaller, and older releases lack it."""


@once
def java() -> str:
    """Java 17 or later."""
    found = _java()
    if found is None and _apt("Java 17", "openjdk-17-jre-headless", "default-jre-headless"):
        found = _java()
    if found is None:
        raise Unready(_advice("Java 17 or later", "a JRE", "KAFKA_BOOTSTRAP_SERVERS"))
    return found


@once
def maven() -> str:
    """Maven, needed only until Kafka's jars are cached."""
    found = shutil.which("mvn")
    if found is None and _apt("Maven", "maven"):
        found = shutil.which("mvn")
    if found is None:
        raise Unready(_advice("Maven (mvn)", "Apache Maven", "KAFKA_BOOTSTRAP_SERVERS"))
    return found


@once
def postgres_binaries() -> Path:
    """The folder of the newest PostgreSQL server binaries, version 15 or later."""
    found = _postgres()
    if found is None and _apt("PostgreSQL", "postgresql"):
        found = _postgres()
    if found is None:
        raise Unready(
            _advice("PostgreSQL 15 or later (initdb, postgres)", "its server package", "DATABASE_URL")
        )
    return found


@once
def printing() -> str | None:
    """What is missing to print records as PDF, and how to get it; None where they can be printed.

    Everything else works without.
    """
    missing = _unprintable()
    if missing is not None:
        for package in TO_PRINT:
            _apt("What prints records", package)
        missing = _unprintable()
    return missing and f"Records cannot be printed as PDF: {missing}."


def _unprintable() -> str | None:
    tried = subprocess.run(
        [sys.executable, "-m", "projections.paper", "check"], capture_output=True, text=True, check=False
    )
    return None if tried.returncode == 0 else (tried.stderr.strip().splitlines() or ["the check failed"])[-1]


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    for candidate in ([f"{home}/bin/java"] if home else []) + ["java"]:
        path = shutil.which(candidate)
        if path and _major([path, "-version"], r'version "(\d+)') >= _OLDEST_JAVA:
            return path
    return None


def _postgres() -> Path | None:
    folders = {
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
    }
    folders |= {
        Path(path).resolve().parent for name in ("postgres", "pg_config") if (path := shutil.which(name))
    }
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.add(Path(told.stdout.strip()))
    versions = {
        folder: _major([str(folder / "postgres"), "--version"], r"\) (\d+)")
        for folder in folders
        if (folder / "postgres").exists() and (folder / "initdb").exists()
    }
    best = max(versions, key=lambda folder: versions[folder], default=None)
    return best if best is not None and versions[best] >= _OLDEST_POSTGRES else None


def _major(command: list[str], pattern: str) -> int:
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(pattern, said.stdout + said.stderr)
    return int(found[1]) if found else 0


def _apt(what: str, *packages: str) -> bool:
    """Install the first of these packages that this Debian has; False where that is not ours to do."""
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    if "postgresql" in packages:
        _ask_for_no_cluster()
    subprocess.run(["apt-get", "update", "-q"], env=environment, check=False, capture_output=True)
    for package in packages:
        print(f"{what} is missing: installing Debian's package {package}", flush=True)
        options = ["-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]
        done = subprocess.run(
            ["apt-get", "install", *options, package],
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode == 0:
            return True
        print(done.stderr[-500:], flush=True)
    return False


def _ask_for_no_cluster() -> None:
    """Else Debian creates and starts a cluster of its own, on 5432, that nobody asked for."""
    said = _CREATE_CLUSTER.read_text() if _CREATE_CLUSTER.exists() else ""
    if not re.search(r"^\s*create_main_cluster", said, re.MULTILINE):
        _CREATE_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        _CREATE_CLUSTER.write_text(f"{said}create_main_cluster = false\n")


def _advice(what: str, package: str, variable: str) -> str:
    elsewhere = f"set {variable} to use one that runs elsewhere"
    return f"{what} is missing: install {package}, or {elsewhere}, or use `docker compose up`"
