"""Endpoint constants, after the official pages.

Room: _resources. Pure. Used by the namespaces and by `_ingest`.
"""

from __future__ import annotations

from woowup_async._wire.endpoint import Endpoint, Replay
from woowup_async.models.replies import Existence, Queued
from woowup_async.models.user import StoredUser

PURCHASES_CREATE: Endpoint[Queued] = Endpoint("purchases.create", "POST", "/purchases", Replay.KEYED)
PURCHASES_CREATE_BULK: Endpoint[Queued] = Endpoint("purchases.create_bulk", "POST", "/purchases/bulk", Replay.KEYED)
USERS_CREATE: Endpoint[StoredUser] = Endpoint("users.create", "POST", "/users", Replay.KEYED, StoredUser)
USERS_UPDATE: Endpoint[StoredUser] = Endpoint("users.update", "PUT", "/multiusers", Replay.KEYED, StoredUser)
USERS_EXISTS: Endpoint[Existence] = Endpoint("users.exists", "GET", "/multiusers/exist", Replay.SAFE, Existence)
