"""The namespaces of a client, by their names.

Room: _resources.
"""

from __future__ import annotations

from woowup_async._resources.activity import AbandonedCarts, CustomAttributes, Events, UserEvents
from woowup_async._resources.audience import BenefitsOfClub, Blacklist, Categories, Coupons, Segments
from woowup_async._resources.base import Send
from woowup_async._resources.catalogue import Branches, Products
from woowup_async._resources.legacy import Legacy
from woowup_async._resources.members import Members
from woowup_async._resources.purchases import Purchases
from woowup_async._resources.reports import Connectors, IntegrationStatsReports
from woowup_async._resources.users import Users
from woowup_async.models.stored_purchase import Card
from woowup_async.policies import BatchPolicy


class Namespaces:
    """The namespaces of a client, one for each part of the API."""

    users: Users
    purchases: Purchases
    members: Members
    integration_stats: IntegrationStatsReports
    connectors: Connectors
    legacy: Legacy
    products: Products
    branches: Branches
    events: Events
    user_events: UserEvents
    abandoned_carts: AbandonedCarts
    custom_attributes: CustomAttributes
    segments: Segments
    blacklist: Blacklist
    coupons: Coupons
    benefits: BenefitsOfClub
    categories: Categories

    def _make_namespaces(self, send: Send, batch: BatchPolicy, cards: dict[str, Card]) -> None:
        self.users = Users(send, batch)
        self.purchases = Purchases(send, batch, cards)
        self.members = Members(send)
        self.integration_stats = IntegrationStatsReports(send)
        self.connectors = Connectors(send)
        self.legacy = Legacy(send, batch)
        self.products, self.branches = Products(send), Branches(send)
        self.events, self.user_events = Events(send), UserEvents(send)
        self.abandoned_carts = AbandonedCarts(send)
        self.custom_attributes, self.segments = CustomAttributes(send), Segments(send)
        self.blacklist, self.categories = Blacklist(send), Categories(send)
        self.coupons, self.benefits = Coupons(send), BenefitsOfClub(send)
