"""What is sent and what comes back, one aggregate per file."""

from woowup_async.models.activity import (
    AbandonedCart,
    AttributeOption,
    CartProduct,
    CustomAttribute,
    Event,
    Segment,
    StoredAttribute,
    UserEvent,
)
from woowup_async.models.identity import Identity
from woowup_async.models.integration_stats import (
    EntityStats,
    FailedElement,
    FileStats,
    IntegrationStats,
    InvalidLine,
    PurchaseStats,
)
from woowup_async.models.member import FamilyMember, Relationship, StoredMember
from woowup_async.models.processing_log import (
    AccountStats,
    BranchCustomers,
    BranchesLog,
    BranchPurchases,
    BranchTotals,
    CustomersLog,
    LogStats,
    ProcessingLog,
    ProductsLog,
    PurchasesLog,
    StoredLog,
)
from woowup_async.models.product import Branch, BranchRecord, BranchZone, Country, Product, StoredProduct
from woowup_async.models.purchase import Category, NameValue, Payment, Prices, Purchase, PurchaseItem, Seller
from woowup_async.models.replies import Queued
from woowup_async.models.stored_purchase import Bank, Card, StoredBranch, StoredDetail, StoredItem, StoredPurchase
from woowup_async.models.transaction import Concept, PointsConcept, Transaction, TransactionBranch
from woowup_async.models.user import StoredUser, User

__all__ = [
    "AbandonedCart",
    "AccountStats",
    "AttributeOption",
    "Bank",
    "Branch",
    "BranchCustomers",
    "BranchPurchases",
    "BranchRecord",
    "BranchTotals",
    "BranchZone",
    "BranchesLog",
    "Card",
    "CartProduct",
    "Category",
    "Concept",
    "Country",
    "CustomAttribute",
    "CustomersLog",
    "EntityStats",
    "Event",
    "FailedElement",
    "FamilyMember",
    "FileStats",
    "Identity",
    "IntegrationStats",
    "InvalidLine",
    "LogStats",
    "NameValue",
    "Payment",
    "PointsConcept",
    "Prices",
    "ProcessingLog",
    "Product",
    "ProductsLog",
    "Purchase",
    "PurchaseItem",
    "PurchaseStats",
    "PurchasesLog",
    "Queued",
    "Relationship",
    "Segment",
    "Seller",
    "StoredAttribute",
    "StoredBranch",
    "StoredDetail",
    "StoredItem",
    "StoredLog",
    "StoredMember",
    "StoredProduct",
    "StoredPurchase",
    "StoredUser",
    "Transaction",
    "TransactionBranch",
    "User",
    "UserEvent",
]  # fmt: skip
