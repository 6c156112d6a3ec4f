"""Who support is: teams with an address each, and the people in them."""

import msgspec


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in support, by the id that events name as assignee."""

    id: str
    name: str = ""
    email: str | None = None


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """`line`: which support line it is, where its id does not say so."""

    id: str
    email: str | None = None
    line: int | None = None
    members: tuple[Member, ...] = ()


class Teams(msgspec.Struct, frozen=True, kw_only=True):
    """Every team. One that is not listed is reached at `<id>@<domain>`."""

    domain: str
    listed: tuple[Team, ...] = ()

    def address(self, team_id: str) -> str:
        """Where a team is reached; `line-2` also means the team listed for that line."""
        team = self._team(team_id)
        return (team.email if team else None) or f"{team_id}@{self.domain}"

    def member_address(self, member_id: str) -> str | None:
        """Where a person in support is reached, None when nobody says."""
        for team in self.listed:
            for member in team.members:
                if member.id == member_id:
                    return member.email
        return member_id if "@" in member_id else None

    def _team(self, team_id: str) -> Team | None:
        named = [team for team in self.listed if team.id == team_id]
        of_line = [team for team in self.listed if f"line-{team.line}" == team_id]
        return next(iter(named or of_line), None)
