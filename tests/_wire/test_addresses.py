"""Hosts and uncertain paths are defined in one place."""

from pathlib import Path

import pytest

from woowup_async import WoowUp
from woowup_async._resources.endpoints import ENDPOINTS
from woowup_async._wire import addresses

PACKAGE = Path(addresses.__file__).parent.parent


@pytest.mark.parametrize("name", ["BASE_URL", "CONNECTORS_URL", "MEMBERS", "TRANSACTIONS_BY_ID"])
def test_each_is_written_once(name: str) -> None:
    text = f'"{getattr(addresses, name)}'
    assert [path.name for path in PACKAGE.rglob("*.py") if _is_there(text, path)] == ["addresses.py"]


def _is_there(text: str, path: Path) -> bool:
    return "testing" not in path.parts and text in path.read_text(encoding="utf-8")


def test_they_are_used() -> None:
    paths = {endpoint.name: endpoint.path for endpoint in ENDPOINTS}
    assert paths["members.create_bulk"] == f"{addresses.MEMBERS}/bulk"
    assert (paths["connectors.log"], paths["connectors.logs"]) == (addresses.LOG, addresses.LOGS)
    assert WoowUp("key")._session.base_url == addresses.BASE_URL
