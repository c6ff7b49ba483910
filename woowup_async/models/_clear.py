"""`CLEAR`: the only value that is sent as null.

Room: models. Pure. None and a null in raw JSON mean "not given", since the server refuses nulls. If the vendor's schema
allows a null, it deletes the stored value. That needs `CLEAR`.
"""

from __future__ import annotations

from typing import Final, final


@final
class Clear:
    """The type of `CLEAR`, which is its only value."""

    __slots__ = ()

    def __bool__(self) -> bool:
        """Return False: a cleared identifier identifies no one."""
        return False

    def __repr__(self) -> str:
        return "CLEAR"

    def __reduce__(self) -> str:
        """Copy and pickle by name, so that there is only one."""
        return "CLEAR"


#: Sent as null, which deletes the stored value: `User(email="ana@example.com", service_uid=CLEAR)`. Only fields whose
#: schema allows a null take it: `service_uid` of a user. The users page shows that schema for a creation only, so
#: a server may refuse it in an update (Q71). A dead letter holds it as a null, which is read again as "not given".
CLEAR: Final = Clear()


def as_null(value: object) -> None:
    """Encode `CLEAR`. This is msgspec's hook for types that it does not know.

    Raises:
        TypeError: it is something else.

    """
    if value is not CLEAR:
        raise TypeError(f"Encoding objects of type {type(value).__name__} is unsupported")
