"""Reports and totals, and their filters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.official import purchase_line
from tests.support.plain_client import Direct

CONNECTORS = "/connectors/v1"
TOTALS = {"total_created": 1, "total_updated": 0, "total_failed": 0}


class TestIntegrationStats:
    def test_filters(self) -> None:
        direct = Direct()
        for report in ({"createtime": "2026-01-01 10:00:00"}, {"createtime": "2026-02-01"}, {}, {"createtime": "soon"}):
            assert direct.ask("POST", "/integration-stats", report)[0] == 201

        def found(**query: Any) -> list[Any]:
            return [report.get("createtime") for report in direct.payload("GET", "/integration-stats", **query)]

        assert (
            found() == found(from_="", to="", page="", limit="") == ["2026-01-01 10:00:00", "2026-02-01", None, "soon"]
        )
        assert found(from_="2026-01-01", to="2026-01-31") == ["2026-01-01 10:00:00"]
        assert found(from_="2026-02-01", to="2026-02-01") == ["2026-02-01"]
        assert found(page=1, limit=3) == ["soon"]
        assert found(from_="2026-03-01") == [None, "soon"]

    def test_reports_that_break_the_schema(self) -> None:
        body = {"files_stats": [{}], "customers": {"failed": [{"message": "x"}]}}
        assert Direct().code("POST", "/integration-stats", body)[2] == [
            'files_stats: Required properties missing: ["filename"]',
            'customers.failed: Required properties missing: ["element"]',
        ]


class TestTotals:
    @pytest.fixture
    def direct(self) -> Direct:
        opened = Direct()
        for at, document in enumerate("123"):
            opened.payload("POST", "/users", {"document": document})
            opened.account.kept(30_000_001 + at).createtime = f"2026-0{at + 1}-01T00:00:00+00:00"
        for number, (document, branch) in enumerate((("1", "B"), ("2", "B"), ("1", "A"), ("1", "B"), ("3", None))):
            fields = {"document": document, "createtime": f"2026-0{number + 1}-01 10:00:00", "email": "x@y.z"}
            opened.payload(
                "POST", "/purchases", purchase_line(number, **fields, **({"branch_name": branch} if branch else {}))
            )
        return opened

    def totals(self, direct: Direct, **query: Any) -> dict[str, Any]:
        status, body = direct.ask("GET", "/stats", **query)
        assert status == 200
        return dict(body)

    def test_totals_of_the_account(self, direct: Direct) -> None:
        """Q11: no envelope. The customers of a branch are those who bought there."""
        totals = self.totals(direct)
        assert totals == self.totals(direct, from_="", to="", branch="")
        assert (totals["total_customers"], totals["total_purchases"], totals["total_revenue"]) == (3, 5, 47.5)
        branches = [
            (each["branch"], each["total_customers"], each["total_purchases"]) for each in totals["per_branches"]
        ]
        assert branches == [("A", 1, 1), ("B", 2, 3)]
        assert [*totals["per_branches"][0]] == [
            "branch", "total_customers", "total_purchases", "total_revenue", "total_invoice_items",
        ]  # fmt: skip

    def test_filters(self, direct: Direct) -> None:
        of_b = self.totals(direct, branch="B")
        assert (of_b["total_customers"], of_b["total_purchases"], len(of_b["per_branches"])) == (2, 3, 1)
        assert self.totals(direct, branch="C")["total_purchases"] == 0
        early = self.totals(direct, from_="2026-01-01", to="2026-02-28")
        assert (early["total_customers"], early["total_purchases"]) == (2, 2)
        assert direct.code("GET", "/stats", to="x")[1] == "bad_request"

    def test_revenue_stays_a_number(self) -> None:
        """JSON has no infinity, and a client could not read it."""
        direct = Direct()
        direct.payload("POST", "/users", {"document": "1"})
        for number in (1, 2):
            direct.payload(
                "POST", "/purchases", purchase_line(number, document="1", email="x@y.z", prices={"total": 1.7e308})
            )
        assert self.totals(direct)["total_revenue"] > 1.7e308


class TestLogs:
    @pytest.fixture
    def direct(self) -> Direct:
        opened = Direct()
        for day, stats in (("10", {"products": TOTALS}), ("12", {"branches": TOTALS, "products": TOTALS}), ("14", {})):
            log = {"files": [f"{day}.csv"], "processingtime": f"2026-03-{day}T23:30:00+00:00", "stats": stats}
            status, echo = opened.ask("POST", "/log", log, base=CONNECTORS)
            assert (status, [*echo]) == (200, ["files", "processingtime", "stats", "createtime"])
        return opened

    def files(self, direct: Direct, **query: Any) -> list[str]:
        status, logs = direct.ask("GET", "/logs", base=CONNECTORS, **query)
        assert status == 200
        return [log["files"][0] for log in logs]

    def test_filters(self, direct: Direct) -> None:
        """Q17: the answer is a bare array. Q20."""
        assert self.files(direct) == self.files(direct, entity="", from_="") == ["10.csv", "12.csv", "14.csv"]
        assert self.files(direct, entity="products") == ["10.csv", "12.csv"]
        assert self.files(direct, entity="branches", to="2026-03-12") == ["12.csv"]
        assert self.files(direct, from_="2026-03-12", to="2026-03-12") == ["12.csv"]
        assert self.files(direct, limit=1, page=2) == ["14.csv"]

    def test_refusals(self, direct: Direct) -> None:
        status, body = direct.ask("GET", "/logs", base=CONNECTORS, entity="users")
        assert (status, body["payload"]) == (400, {"errors": ["entity: value not in enum"]})
        status, body = direct.ask("POST", "/log", {"files": [], "stats": {}}, base=CONNECTORS)
        assert body["payload"] == {"errors": ['Required properties missing: ["processingtime"]']}
