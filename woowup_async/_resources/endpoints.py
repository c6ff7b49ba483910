"""Endpoint constants, after the official pages. `source` is the number in the list of their 38 operations.

Room: _resources. Pure. The seven operations that the pages call deprecated (15, 17, 20, 23, 24, 26, 29) and the
single-id family (34 to 37) have successors here; `woowup.request` reaches them.
"""

from __future__ import annotations

from typing import Any

from woowup_async._wire.endpoint import Endpoint, Form, Host, Replay
from woowup_async.models.member import StoredMember
from woowup_async.models.processing_log import AccountStats, StoredLog
from woowup_async.models.replies import Credited, Existence, Membership, Queued, Scheduled
from woowup_async.models.stored_purchase import Card, StoredPurchase
from woowup_async.models.transaction import Transaction
from woowup_async.models.user import StoredUser

SAFE, KEYED, UNSAFE = Replay.SAFE, Replay.KEYED, Replay.UNSAFE

# A repeat would be a second report: nothing distinguishes the two.
INTEGRATION_STATS_CREATE: Endpoint[Any] = Endpoint(
    "integration_stats.create", "POST", "/integration-stats", UNSAFE, Any, Form.ANY, source="1"
)
#: Undocumented answer (Q10).
INTEGRATION_STATS_LIST: Endpoint[list[dict[str, Any]]] = Endpoint(
    "integration_stats.list", "GET", "/integration-stats", SAFE, list[dict[str, Any]], Form.ANY, source="2"
)
ACCOUNT_STATS: Endpoint[AccountStats] = Endpoint(
    "account_stats", "GET", "/stats", SAFE, AccountStats, Form.BARE, source="3"
)
CONNECTORS_LOG: Endpoint[StoredLog] = Endpoint(
    "connectors.log", "POST", "/log", UNSAFE, StoredLog, Form.BARE, Host.CONNECTORS, "4"
)
CONNECTORS_LOGS: Endpoint[list[StoredLog]] = Endpoint(
    "connectors.logs", "GET", "/logs", SAFE, list[StoredLog], Form.BARE, Host.CONNECTORS, "5"
)

# No page shows a success of these (Q29), and both of the vendor's clients go by the status: Form.STATUS.
PURCHASES_CREATE: Endpoint[Queued] = Endpoint(
    "purchases.create", "POST", "/purchases", KEYED, form=Form.STATUS, source="6"
)
PURCHASES_CREATE_BULK: Endpoint[Queued] = Endpoint(
    "purchases.create_bulk", "POST", "/purchases/bulk", KEYED, form=Form.STATUS, source="7"
)
PURCHASES_UPDATE: Endpoint[Queued] = Endpoint(
    "purchases.update", "PUT", "/purchases", KEYED, form=Form.STATUS, source="8"
)
PURCHASES_SEARCH: Endpoint[list[StoredPurchase]] = Endpoint(
    "purchases.search", "GET", "/purchases", SAFE, list[StoredPurchase], source="9"
)
PURCHASES_FIND: Endpoint[list[StoredPurchase]] = Endpoint(
    "purchases.find", "GET", "/purchases", SAFE, list[StoredPurchase], source="9"
)
PURCHASES_BANK: Endpoint[Card] = Endpoint("purchases.bank", "GET", "/purchases/iin/{}", SAFE, Card, source="10")
# Without a branch the first purchase of that number goes, of any branch: a repeat could take another one (N39).
PURCHASES_DELETE: Endpoint[Any] = Endpoint(
    "purchases.delete", "DELETE", "/purchases", UNSAFE, Any, Form.STATUS, source="11"
)
PURCHASES_DELETE_BULK: Endpoint[Scheduled] = Endpoint(
    "purchases.delete_bulk", "DELETE", "/purchases/bulk", UNSAFE, Scheduled, source="12"
)

USERS_CREATE: Endpoint[StoredUser] = Endpoint(
    "users.create", "POST", "/users", KEYED, StoredUser, Form.STATUS, source="13"
)
USERS_FIND: Endpoint[StoredUser] = Endpoint("users.find", "GET", "/multiusers/find", SAFE, StoredUser, source="14")
USERS_EXISTS: Endpoint[Existence] = Endpoint("users.exists", "GET", "/multiusers/exist", SAFE, Existence, source="16")
USERS_BELONGS_TO_SEGMENT: Endpoint[Membership] = Endpoint(
    "users.belongs_to_segment", "GET", "/users/{}/belongsToSegment", SAFE, Membership, source="18"
)
USERS_UPDATE: Endpoint[StoredUser] = Endpoint(
    "users.update", "PUT", "/multiusers", KEYED, StoredUser, Form.STATUS, source="19"
)
USERS_DELETE: Endpoint[Any] = Endpoint("users.delete", "DELETE", "/multiusers", KEYED, Any, Form.STATUS, source="21")
USERS_DELETE_SEGMENT: Endpoint[Scheduled] = Endpoint(
    "users.delete_segment", "DELETE", "/multiusers/bulk", UNSAFE, Scheduled, source="22"
)
USERS_ADD_POINTS: Endpoint[Credited] = Endpoint(
    "users.add_points", "POST", "/multiusers/points", UNSAFE, Credited, source="25"
)
USERS_MERGE: Endpoint[Any] = Endpoint("users.merge", "POST", "/multiusers/merge", UNSAFE, Any, Form.STATUS, source="27")
USERS_TRANSACTIONS: Endpoint[list[Transaction]] = Endpoint(
    "users.transactions", "GET", "/multiusers/transactions", SAFE, list[Transaction], source="28"
)
USERS_SEARCH: Endpoint[list[StoredUser]] = Endpoint(
    "users.search", "GET", "/users/realtime-search", SAFE, list[StoredUser], source="38"
)

#: The pages show these four without /apiv3 (Q93); the vendor's client calls them below it (U33). Were the pages right,
#: this would be the one place to change.
_MEMBERS = "/multiusers/members"
MEMBERS_LIST: Endpoint[list[StoredMember]] = Endpoint(
    "members.list", "GET", _MEMBERS, SAFE, list[StoredMember], source="30"
)
MEMBERS_CREATE: Endpoint[StoredMember] = Endpoint("members.create", "POST", _MEMBERS, KEYED, StoredMember, source="31")
MEMBERS_UPDATE: Endpoint[StoredMember] = Endpoint("members.update", "PUT", _MEMBERS, KEYED, StoredMember, source="32")
MEMBERS_CREATE_BULK: Endpoint[Any] = Endpoint(
    "members.create_bulk", "POST", f"{_MEMBERS}/bulk", KEYED, Any, source="33"
)

#: In the order of the pages.
ENDPOINTS: tuple[Endpoint[Any], ...] = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))
