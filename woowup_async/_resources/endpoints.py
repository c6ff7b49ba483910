"""Constants for the endpoints of the official pages. `source` is the number in the list of their 38 operations.

Room: _resources. Pure. The pages call 15, 17, 20, 23, 24, 26 and 29 deprecated. Those are in `woowup.legacy`.
"""

from __future__ import annotations

from typing import Any

from woowup_async._wire.addresses import LOG, LOGS, MEMBERS, PURCHASES_BULK, TRANSACTIONS_BY_ID
from woowup_async._wire.endpoint import Endpoint, Form, Host, Replay
from woowup_async.models.member import StoredMember
from woowup_async.models.processing_log import AccountStats, StoredLog
from woowup_async.models.replies import Credited, Existence, Membership, Queued, Scheduled, UserExistence
from woowup_async.models.stored_purchase import Card, StoredPurchase
from woowup_async.models.transaction import Transaction
from woowup_async.models.user import StoredUser

SAFE, KEYED, UNSAFE = Replay.SAFE, Replay.KEYED, Replay.UNSAFE

# A repeat would be a second report, since nothing distinguishes the two.
INTEGRATION_STATS_CREATE: Endpoint[Any] = Endpoint(
    "integration_stats.create", "POST", "/integration-stats", UNSAFE, Any, Form.ANY, source="1"
)
#: The answer is not documented (Q10).
INTEGRATION_STATS_LIST: Endpoint[list[dict[str, Any]]] = Endpoint(
    "integration_stats.list", "GET", "/integration-stats", SAFE, list[dict[str, Any]], Form.ANY, source="2"
)
ACCOUNT_STATS: Endpoint[AccountStats] = Endpoint(
    "account_stats", "GET", "/stats", SAFE, AccountStats, Form.BARE, source="3"
)
CONNECTORS_LOG: Endpoint[StoredLog] = Endpoint(
    "connectors.log", "POST", LOG, UNSAFE, StoredLog, Form.BARE, Host.CONNECTORS, "4"
)
CONNECTORS_LOGS: Endpoint[list[StoredLog]] = Endpoint(
    "connectors.logs", "GET", LOGS, SAFE, list[StoredLog], Form.BARE, Host.CONNECTORS, "5"
)

# No page shows the answer if these succeed (Q29). Both of the vendor's clients check the status: Form.STATUS.
PURCHASES_CREATE: Endpoint[Queued] = Endpoint(
    "purchases.create", "POST", "/purchases", KEYED, form=Form.STATUS, source="6"
)
PURCHASES_CREATE_BULK: Endpoint[Queued] = Endpoint(
    "purchases.create_bulk", "POST", PURCHASES_BULK, KEYED, form=Form.STATUS, source="7"
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
# Without a branch, the oldest purchase with that number is deleted. A repeat could delete that of another branch (N39).
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
LEGACY_FIND_USER: Endpoint[StoredUser] = Endpoint("legacy.find_user", "GET", "/users/{}", SAFE, StoredUser, source="15")
USERS_EXISTS: Endpoint[UserExistence] = Endpoint(
    "users.exists", "GET", "/multiusers/exist", SAFE, UserExistence, source="16"
)
LEGACY_USER_EXISTS: Endpoint[Existence] = Endpoint(
    "legacy.user_exists", "GET", "/users/{}/exist", SAFE, Existence, source="17"
)
USERS_BELONGS_TO_SEGMENT: Endpoint[Membership] = Endpoint(
    "users.belongs_to_segment", "GET", "/users/{}/belongsToSegment", SAFE, Membership, source="18"
)
USERS_UPDATE: Endpoint[StoredUser] = Endpoint(
    "users.update", "PUT", "/multiusers", KEYED, StoredUser, Form.STATUS, source="19"
)
LEGACY_UPDATE_USER: Endpoint[StoredUser] = Endpoint(
    "legacy.update_user", "PUT", "/users/{}", KEYED, StoredUser, Form.STATUS, source="20"
)
USERS_DELETE: Endpoint[Any] = Endpoint("users.delete", "DELETE", "/multiusers", KEYED, Any, Form.STATUS, source="21")
USERS_DELETE_SEGMENT: Endpoint[Scheduled] = Endpoint(
    "users.delete_segment", "DELETE", "/multiusers/bulk", UNSAFE, Scheduled, source="22"
)
LEGACY_REGISTER: Endpoint[StoredUser] = Endpoint(
    "legacy.register", "POST", "/users/register", KEYED, StoredUser, Form.STATUS, source="23"
)
#: No answer is shown (Q85).
LEGACY_NEWSLETTER: Endpoint[StoredUser] = Endpoint(
    "legacy.newsletter", "POST", "/users/newsletter", KEYED, StoredUser, Form.STATUS, source="24"
)
USERS_ADD_POINTS: Endpoint[Credited] = Endpoint(
    "users.add_points", "POST", "/multiusers/points", UNSAFE, Credited, source="25"
)
LEGACY_ADD_POINTS: Endpoint[Credited] = Endpoint(
    "legacy.add_points", "POST", "/users/{}/points", UNSAFE, Credited, source="26"
)
USERS_MERGE: Endpoint[Any] = Endpoint("users.merge", "POST", "/multiusers/merge", UNSAFE, Any, Form.STATUS, source="27")
USERS_TRANSACTIONS: Endpoint[list[Transaction]] = Endpoint(
    "users.transactions", "GET", "/multiusers/transactions", SAFE, list[Transaction], source="28"
)
LEGACY_TRANSACTIONS: Endpoint[list[Transaction]] = Endpoint(
    "legacy.transactions", "GET", TRANSACTIONS_BY_ID, SAFE, list[Transaction], source="29"
)

MEMBERS_LIST: Endpoint[list[StoredMember]] = Endpoint(
    "members.list", "GET", MEMBERS, SAFE, list[StoredMember], source="30"
)
MEMBERS_CREATE: Endpoint[StoredMember] = Endpoint("members.create", "POST", MEMBERS, KEYED, StoredMember, source="31")
MEMBERS_UPDATE: Endpoint[StoredMember] = Endpoint("members.update", "PUT", MEMBERS, KEYED, StoredMember, source="32")
MEMBERS_CREATE_BULK: Endpoint[Any] = Endpoint("members.create_bulk", "POST", f"{MEMBERS}/bulk", KEYED, Any, source="33")
MEMBERS_LIST_BY_ID: Endpoint[list[StoredMember]] = Endpoint(
    "members.list_by_id", "GET", "/users/{}/members", SAFE, list[StoredMember], source="34"
)
#: No answer of these two is shown.
MEMBERS_CREATE_BY_ID: Endpoint[StoredMember] = Endpoint(
    "members.create_by_id", "POST", "/users/{}/members", KEYED, StoredMember, Form.STATUS, source="35"
)
MEMBERS_CREATE_BULK_BY_ID: Endpoint[Any] = Endpoint(
    "members.create_bulk_by_id", "POST", "/users/{}/members/bulk", KEYED, Any, source="36"
)
MEMBERS_UPDATE_BY_ID: Endpoint[StoredMember] = Endpoint(
    "members.update_by_id", "PUT", "/users/{}/members/{}", KEYED, StoredMember, Form.STATUS, source="37"
)

USERS_SEARCH: Endpoint[list[StoredUser]] = Endpoint(
    "users.search", "GET", "/users/realtime-search", SAFE, list[StoredUser], source="38"
)

#: In the order of the pages.
ENDPOINTS: tuple[Endpoint[Any], ...] = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))
