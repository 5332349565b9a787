"""Who acts: a frozen value that goes into every operation."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["system", "staff", "volunteer", "terminal", "public"]
Owed = Literal["password"]
"""What somebody has to do before anything else: choose a password of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Someone, or something, that asks for an operation.

    `scope` is the path of the organization that the actor works for ("" is the whole bank, None is
    no organization at all); `volunteer_id` is the savings account that is theirs, for volunteers
    and for staff who are volunteers too; `address` says from where they came, `owes` what they have
    to do before anything else.
    """

    kind: Kind
    id: str
    role: str
    scope: str | None = None
    organization_id: str | None = None
    volunteer_id: str | None = None
    name: str = ""
    address: str = ""
    token_id: str | None = None
    owes: Owed | None = None

    @property
    def caller(self) -> str:
        """Name the caller for idempotency keys and the audit trail."""
        return f"{self.kind}:{self.id}"

    def covers(self, path: str) -> bool:
        """Tell whether the organization at `path` is the actor's own or lies below it."""
        return self.scope is not None and path.startswith(self.scope)


def system(name: str) -> Actor:
    """Return the actor of a command or of scheduled work; `name` goes into the audit trail."""
    return Actor(kind="system", id="system", role="system", scope="", name=name)


def public(address: str) -> Actor:
    """Return the actor of a request without a sign-in, known by its network address alone."""
    return Actor(kind="public", id=address, role="public", address=address)
