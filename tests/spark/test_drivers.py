"""Drivers that are killed, in other processes, and streams that begin again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import spark as cluster
from tests.support import spark_faults
from tests.support.fleet import Running
from tests.support.official import purchase_line
from tests.support.postgres import Server
from tests.support.spark import IN_FLIGHT, ITEMS
from tests.support.spark_driver import Driver
from tests.support.spark_faults import ACCOUNTS, Place
from tests.support.valkey import Valkey

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
#: Files of a stream, and purchases of each account in one.
FILES, IN_FILE = 4, 500


@pytest.fixture
def place(fleet: Running, store: Valkey, ledger: Server, tmp_path: Path) -> Place:
    """A place without a session of its own."""
    spark_faults.environment(fleet, store, ledger)
    return Place(None, fleet, tmp_path, store, ledger)


def test_a_driver_that_is_killed_and_run_again(place: Place) -> None:
    spark_faults.driver_killed(place).check()


def test_a_stream_that_begins_again(place: Place) -> None:
    folder = place.folder / "lines"
    folder.mkdir()
    write_lines(folder, range(FILES))
    settings = {
        "master": "local[2]",
        "stream": str(folder),
        "checkpoint": str(place.folder / "checkpoint"),
        "folder": str(place.folder),
        "options": place.options(),
    }
    place.begin()

    driver = Driver(settings)
    cluster.until(lambda: place.stored() >= ACCOUNTS * IN_FILE * 3 // 2)  # in the middle of the second micro-batch
    driver.kill()
    Driver(settings).result()
    write_lines(folder, range(FILES, FILES + 1))
    Driver(settings).result()

    assert place.stored() == ACCOUNTS * IN_FILE * (FILES + 1)
    epochs = "SELECT string_agg(DISTINCT value, ' ') FROM woowup_note WHERE name LIKE 'spark stream %'"
    assert place.ledger.one(epochs) == str(FILES)  # of the last micro-batch, in the notes of each account
    assert place.fleet.total("duplicates") - place.before["duplicates"] <= ACCOUNTS * IN_FLIGHT * ITEMS


def write_lines(folder: Path, numbers: range) -> None:
    for number in numbers:
        rows: list[dict[str, Any]] = [
            {"account": f"fleet-{account}", "record": json.dumps(purchase_line(900_000 + number * IN_FILE + each))}
            for account in range(ACCOUNTS)
            for each in range(IN_FILE)
        ]
        (folder / f"{number}.json").write_text("\n".join(map(json.dumps, rows)))
