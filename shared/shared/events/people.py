"""Who acts and who is spoken of in an event."""

from typing import Literal

import msgspec

Party = Literal["customer", "support", "system"]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it, by a pseudonymous id; never a name, so that it may stand in the public half of an event."""

    id: str
    party: Party
    role: str

    @property
    def is_support_person(self) -> bool:
        """Only a person in support can give a first response; automatic confirmations never do (R0)."""
        return self.party == "support"


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to reach a person. Personal data wherever it stands."""

    name: str
    email: str | None = None
    phone: str | None = None


SYSTEM = Actor(id="system", party="system", role="system")
