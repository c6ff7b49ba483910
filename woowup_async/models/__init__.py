"""What is sent and what comes back, one aggregate per file."""

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
from woowup_async.models.purchase import Category, NameValue, Payment, Prices, Purchase, PurchaseItem, Seller
from woowup_async.models.replies import Queued
from woowup_async.models.stored_purchase import Bank, Card, StoredBranch, StoredDetail, StoredItem, StoredPurchase
from woowup_async.models.transaction import Concept, PointsConcept, Transaction, TransactionBranch
from woowup_async.models.user import StoredUser, User

__all__ = [
    "AccountStats", "Bank", "BranchCustomers", "BranchPurchases", "BranchTotals", "BranchesLog", "Card", "Category",
    "Concept", "CustomersLog", "EntityStats", "FailedElement", "FamilyMember", "FileStats", "Identity",
    "IntegrationStats", "InvalidLine", "LogStats", "NameValue", "Payment", "PointsConcept", "Prices", "ProcessingLog",
    "ProductsLog", "Purchase", "PurchaseItem", "PurchaseStats", "PurchasesLog", "Queued", "Relationship", "Seller",
    "StoredBranch", "StoredDetail", "StoredItem", "StoredLog", "StoredMember", "StoredPurchase", "StoredUser",
    "Transaction", "TransactionBranch", "User",
]  # fmt: skip
