"""Constants for endpoints that are not on the five official pages, but on the vendor's other pages or in its clients.

Room: _resources. Pure. `source` is N and the number in docs/vendor-unknowns.md. They may change.
"""

from __future__ import annotations

from typing import Any

from woowup_async._wire.addresses import BLACKLIST, USERS
from woowup_async._wire.endpoint import Endpoint, Form, Replay
from woowup_async.models.activity import Event, Segment, StoredAttribute
from woowup_async.models.audience import Benefits, CategoryNode, Coupon, ExportedSegment
from woowup_async.models.product import BranchRecord, StoredProduct
from woowup_async.models.replies import Existence
from woowup_async.models.user import StoredUser

SAFE, KEYED, UNSAFE = Replay.SAFE, Replay.KEYED, Replay.UNSAFE

PRODUCTS_CREATE: Endpoint[StoredProduct] = Endpoint(
    "products.create", "POST", "/products", KEYED, StoredProduct, source="N1"
)
PRODUCTS_UPDATE: Endpoint[StoredProduct] = Endpoint(
    "products.update", "PUT", "/products/{}", KEYED, StoredProduct, source="N2"
)
PRODUCTS_FIND: Endpoint[StoredProduct] = Endpoint(
    "products.find", "GET", "/products/{}", SAFE, StoredProduct, source="N3"
)
PRODUCTS_EXISTS: Endpoint[Existence] = Endpoint(
    "products.exists", "GET", "/products/{}/exist", SAFE, Existence, source="N4"
)
PRODUCTS_LIST: Endpoint[list[StoredProduct]] = Endpoint(
    "products.list", "GET", "/products", SAFE, list[StoredProduct], source="N5"
)
BRANCHES_LIST: Endpoint[list[BranchRecord]] = Endpoint(
    "branches.list", "GET", "/branches", SAFE, list[BranchRecord], source="N6"
)
#: The answer for an unknown name is a 200 with an empty payload (N8).
BRANCHES_FIND: Endpoint[BranchRecord] = Endpoint(
    "branches.find", "GET", "/branches/{}", SAFE, BranchRecord, source="N7"
)
BRANCHES_CREATE: Endpoint[BranchRecord] = Endpoint(
    "branches.create", "POST", "/branches", KEYED, BranchRecord, source="N9"
)
BRANCHES_UPDATE: Endpoint[BranchRecord] = Endpoint(
    "branches.update", "PUT", "/branches/{}", KEYED, BranchRecord, source="N10"
)
CATEGORIES_LIST: Endpoint[list[CategoryNode]] = Endpoint(
    "categories.list", "GET", "/categories", SAFE, list[CategoryNode], source="N12"
)
# No page promises a `request_id`, and the vendor's client checks only the status.
CATEGORIES_DELETE: Endpoint[dict[str, Any]] = Endpoint(
    "categories.delete", "DELETE", "/categories", UNSAFE, dict[str, Any], Form.STATUS, source="N13"
)
CATEGORIES_DELETE_BULK: Endpoint[dict[str, Any]] = Endpoint(
    "categories.delete_bulk", "DELETE", "/categories/bulk", UNSAFE, dict[str, Any], Form.STATUS, source="N14"
)
COUPONS_LIST: Endpoint[list[Coupon]] = Endpoint(
    "coupons.list", "GET", "/coupons", SAFE, list[Coupon], Form.BARE, source="N15"
)
BENEFITS_LIST: Endpoint[Benefits] = Endpoint("benefits.list", "GET", "/benefits", SAFE, Benefits, source="N17")
EVENTS_LIST: Endpoint[list[Event]] = Endpoint(
    "events.list", "GET", "/events", SAFE, list[Event], Form.BARE, source="N21"
)
EVENTS_CREATE: Endpoint[Event] = Endpoint("events.create", "POST", "/events", KEYED, Event, source="N22")
USER_EVENTS_CREATE: Endpoint[Any] = Endpoint(
    "user_events.create", "POST", "/user-events", UNSAFE, Any, Form.ANY, source="N23"
)
ATTRIBUTES_LIST: Endpoint[list[StoredAttribute]] = Endpoint(
    "custom_attributes.list", "GET", "/account/{}", SAFE, list[StoredAttribute], source="N24"
)
ATTRIBUTES_CREATE: Endpoint[StoredAttribute] = Endpoint(
    "custom_attributes.create", "POST", "/account/{}", KEYED, StoredAttribute, source="N25"
)
ATTRIBUTES_UPDATE: Endpoint[StoredAttribute] = Endpoint(
    "custom_attributes.update", "PUT", "/account/{}/{}", KEYED, StoredAttribute, source="N26"
)
CARTS_CREATE: Endpoint[Any] = Endpoint(
    "abandoned_carts.create", "POST", "/multiusers/abandoned-cart", KEYED, Any, source="N27"
)
# The same file again gives the same list.
BLACKLIST_CREATE: Endpoint[Any] = Endpoint("blacklist.create", "POST", BLACKLIST, KEYED, Any, Form.STATUS, source="N29")
BLACKLIST_REPLACE: Endpoint[Any] = Endpoint(
    "blacklist.replace", "POST", BLACKLIST, KEYED, Any, Form.STATUS, source="N29"
)
BLACKLIST_DELETE: Endpoint[Any] = Endpoint(
    "blacklist.delete", "DELETE", BLACKLIST, UNSAFE, Any, Form.STATUS, source="N30"
)
SEGMENTS_LIST: Endpoint[list[Segment]] = Endpoint(
    "segments.list", "GET", "/segments", SAFE, list[Segment], source="N31"
)
SEGMENTS_FIND: Endpoint[Segment] = Endpoint("segments.find", "GET", "/segments/{}", SAFE, Segment, source="N32")
SEGMENTS_EXPORT: Endpoint[ExportedSegment] = Endpoint(
    "segments.export", "GET", "/export/segments/{}", SAFE, ExportedSegment, source="N33"
)
SEGMENTS_SCHEDULE_EXPORT: Endpoint[Any] = Endpoint(
    "segments.schedule_export", "POST", "/export/segments/{}", KEYED, Any, source="N34"
)
SEGMENTS_DELETE_EXPORT: Endpoint[Any] = Endpoint(
    "segments.delete_export", "DELETE", "/export/segments/{}", KEYED, Any, source="N35"
)
USERS_LIST: Endpoint[list[StoredUser]] = Endpoint("users.list", "GET", USERS, SAFE, list[StoredUser], source="N36")
USERS_REMOVE_TAGS: Endpoint[Any] = Endpoint("users.remove_tags", "PUT", "/users/{}", KEYED, Any, source="N37")

#: In the order of their numbers.
MORE_ENDPOINTS: tuple[Endpoint[Any], ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Endpoint)
)
