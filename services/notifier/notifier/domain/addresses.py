"""To which addresses the outside may make this service connect: public unicast ones, and nothing else.

Everything that means "here", "beside here" or "the machine that I run on" is refused, in every notation that
leads there: a webhook's address comes from outside, and the notifier stands within.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_V4_REFUSED: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",  # a hoster's machine agent, on a public address
        ),
    )
)
_V6_UNICAST: Final = IPv6Network("2000::/3")
_V6_REFUSED: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # special purposes, Teredo among them
            "2001:db8::/32",
            "2002::/16",  # 6to4 carries an IPv4 address inside
            "3fff::/20",
        ),
    )
)


def is_public(address: str) -> bool:
    """Whether `address`, as a resolver writes it, is a public unicast address. What cannot be read is none.

    The tables are IANA's special-purpose registries, written out: a Python release may read them otherwise.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    match found:
        case IPv4Address():
            return not any(found in network for network in _V4_REFUSED)
        case IPv6Address(ipv4_mapped=IPv4Address() as mapped):
            return is_public(str(mapped))
        case IPv6Address():
            # Outside 2000::/3 lie loopback, link-local, private, multicast and the NAT64 prefixes.
            inside = found.scope_id is None and found in _V6_UNICAST
            return inside and not any(found in network for network in _V6_REFUSED)
