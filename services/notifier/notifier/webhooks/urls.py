"""Where a webhook may point: an absolute URL of a receiver outside, over TLS.

Which address its name leads to is checked anew with every connection (`posting`): names change.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from notifier.domain.addresses import is_public

LONGEST: Final = 2000
LOOPBACK: Final = "127.0.0.1"
_VISIBLE: Final = re.compile(r"[!-\[\]-~]+")
"""ASCII without blanks, controls and the backslash, which some readers take for a slash."""
_NAME: Final = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
"""A host name of at least two labels, the last of which is no number: `2130706433` and `0x7f.1` are none."""
_INNER: Final = (
    ".local",
    ".localhost",
    ".internal",
    ".intranet",
    ".home.arpa",
    ".lan",
    ".onion",
    ".cluster.local",
)


class BadUrl(ValueError):
    """The sentence says what to change, and does not quote the URL: it may hold a secret."""


class Target(NamedTuple):
    """A URL taken apart once, so that what was checked is what is used. `host` bears no brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


def parse(url: str, *, local: bool) -> Target:
    """The target of `url`. Raises BadUrl. `local`: a machine of one's own, where all stays on loopback."""
    if len(url) > LONGEST:
        raise BadUrl(f"The URL is longer than {LONGEST} characters.")
    if not _VISIBLE.fullmatch(url):
        raise BadUrl("The URL has blanks, backslashes or other than ASCII; encode them.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "")
    except ValueError:
        raise BadUrl("This is no URL.") from None
    if parts.fragment or "#" in url:
        raise BadUrl("Leave the fragment out: it would never be sent.")
    if "@" in parts.netloc:
        raise BadUrl("Leave the user name and password out of the URL; the signature tells who calls.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if local:
        if (parts.scheme, host) != ("http", LOOPBACK) or port is None or port < 1024:
            raise BadUrl(f"Under APP_ENV=local a webhook goes to http://{LOOPBACK}:<port from 1024> only.")
        return Target("http", host, port, path)
    if parts.scheme != "https":
        raise BadUrl("The URL must begin with https://.")
    if port is not None and port != 443 and not 1024 <= port <= 65535:
        raise BadUrl("The port must be 443, or 1024 and above.")
    if not _may_be_host(host):
        raise BadUrl("The host must be a public name such as hooks.example.org, or a public address.")
    return Target("https", host, port or 443, path)


def _may_be_host(host: str) -> bool:
    if (literal := _literal(host)) is not None:
        return is_public(literal)
    return bool(_NAME.fullmatch(host)) and not f".{host}".endswith(_INNER)


def _literal(host: str) -> str | None:
    for kind in (IPv4Address, IPv6Address):
        try:
            return str(kind(host))
        except AddressValueError:
            continue
    return None
