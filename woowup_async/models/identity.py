"""`Identity`: who is meant, where a body names a user.

Room: models. Pure.
"""

from __future__ import annotations

from woowup_async.models._base import Identified


class Identity(Identified):
    """One to four identifiers of one user. Which of them wins where they disagree is set in the account (Q81).

    Raises:
        InvalidRecord: none was given.

    """
