"""The public names are those of the design, and each can be imported."""

import woowup_async
import woowup_async.models


def test_root_names() -> None:
    fixed = {
        "WoowUp", "SessionPool", "RateLimit", "BatchPolicy", "RetryPolicy", "IngestPolicy", "Timeouts", "Lane",
        "Report", "Outcome", "Accepted", "Rejected", "Released", "InDoubt", "Purchase", "User", "WoowUpError",
        "Ingester", "Outcomes", "Receipt", "Replay", "CLEAR", "encoded_id",
    }  # fmt: skip
    assert set(woowup_async.__all__) == fixed | {"__version__"}
    assert all(hasattr(woowup_async, name) for name in woowup_async.__all__)


def test_model_names() -> None:
    fixed = {"Purchase", "PurchaseItem", "Prices", "Payment", "Seller", "Category", "NameValue", "User"}

    assert fixed <= set(woowup_async.models.__all__)
    assert all(hasattr(woowup_async.models, name) for name in woowup_async.models.__all__)
