"""`Identity`: who is meant, where a body names a user.

Room: models. Pure. Built by users.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from woowup_async.errors import InvalidRecord, Reason
from woowup_async.models._base import Model, identifier_rule


class Identity(Model):
    """One to four identifiers of one user. Which of them wins where they disagree is set in the account (Q81).

    Raises:
        InvalidRecord: none was given.

    """

    service_uid: str | None = None
    email: str | None = None
    document: str | None = None
    telephone: str | None = None

    @classmethod
    def rules(cls, fields: Mapping[str, Any]) -> Iterator[Reason]:
        """Require an identifier."""
        return identifier_rule(fields)

    def __post_init__(self) -> None:
        """Hold the rule between fields when decoded."""
        if not (self.service_uid or self.email or self.document or self.telephone):
            raise InvalidRecord(tuple(identifier_rule({})))
