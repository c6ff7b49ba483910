"""What is sent and what comes back, one aggregate per file."""

from woowup_async.models.purchase import Category, NameValue, Payment, Prices, Purchase, PurchaseItem, Seller
from woowup_async.models.replies import Queued
from woowup_async.models.user import StoredUser, User

__all__ = [
    "Category",
    "NameValue",
    "Payment",
    "Prices",
    "Purchase",
    "PurchaseItem",
    "Queued",
    "Seller",
    "StoredUser",
    "User",
]
