"""Which time zone database the engine reckons by: the pinned package, never the machine's own."""

import zoneinfo
from importlib import metadata


def pin() -> str:
    """Make `zoneinfo` read the `tzdata` package only, and give its version.

    To be called once, at composition, before the first calendar: two machines with unlike system files
    would otherwise compute unlike deadlines under the same version string.
    """
    zoneinfo.reset_tzpath(())
    zoneinfo.ZoneInfo.clear_cache()
    return metadata.version("tzdata")
