"""`CLEAR`: the one value that is sent as null.

Room: models. Pure. None and a null in raw JSON mean "not given", since the server refuses nulls. Where the vendor's
schema allows one, a null takes the stored value away; that must be asked for by name.
"""

from __future__ import annotations

from typing import Final, final


@final
class Clear:
    """The type of `CLEAR`, which is its only value."""

    __slots__ = ()

    def __bool__(self) -> bool:
        """False: a field that is cleared names nobody."""
        return False

    def __repr__(self) -> str:
        return "CLEAR"

    def __reduce__(self) -> str:
        """Copy as itself."""
        return "CLEAR"


#: Sent as null, which takes the stored value away: `User(email="ana@example.com", service_uid=CLEAR)`. Only the fields
#: whose schema allows a null take it: `service_uid` of a user. The users page shows that schema for a creation only, so
#: a server may refuse it in an update (Q71). A dead letter holds it as a null, which is read again as "not given".
CLEAR: Final = Clear()


def as_null(value: object) -> None:
    """Encode `CLEAR`, as msgspec's hook for what it does not know.

    Raises:
        TypeError: it is something else.

    """
    if value is not CLEAR:
        raise TypeError(f"Encoding objects of type {type(value).__name__} is unsupported")
