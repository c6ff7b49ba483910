"""A job: its exit code, and its dry run in another process."""

from __future__ import annotations

import asyncio
import gc
import io
import pickle
import sys
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from woowup_async import Report
from woowup_async._flow import Entity
from woowup_async.cli import forecasting
from woowup_async.cli import job as jobs
from woowup_async.cli.files import files_of, sources
from woowup_async.cli.forecasting import counted
from woowup_async.cli.job import Job, needed_by
from woowup_async.outcomes import Tally
from woowup_async.sources import JsonLines


def test_exit_codes() -> None:
    codes = [
        jobs.Ending(Report(users=Tally(1, **{kind: 1}))).code  # type: ignore[arg-type]
        for kind in ("accepted", "rejected", "released", "in_doubt")
    ]
    assert codes == [0, 1, 3, 3]


@pytest.mark.parametrize(
    ("counts", "stopped_by", "lenient", "strict"),
    [
        ({"rejected": 2, "codes": {"left_out": 2}}, "", 0, 4),
        ({"rejected": 2, "codes": {"left_out": 1, "invalid": 1}}, "", 1, 1),
        ({"rejected": 1, "codes": {"left_out": 1}, "in_doubt": 1}, "", 3, 3),
        ({"rejected": 1, "codes": {"left_out": 1}}, "the time is over", 3, 3),
        ({"accepted": 1}, "", 0, 0),
    ],
)
def test_records_that_a_rule_left_out_have_a_code_of_their_own(
    counts: dict[str, Any], stopped_by: str, lenient: int, strict: int
) -> None:
    report = Report(purchases=Tally(3, **counts))

    assert jobs.Ending(report, stopped_by).code == lenient
    assert jobs.Ending(report, stopped_by, strict_exit=True).code == strict


def test_a_job_can_be_counted_in_another_process(files: tuple[str, ...], tmp_path: Path) -> None:
    opened = files_of(None, "woowup", "email,telephone,birthdate", "AR")
    csv = tmp_path / "v.csv"
    csv.write_text("invoice_number,email,sku,quantity,unit_price,total\n1,ana@example.com,AB,1,2,2\n")
    letters = tmp_path / "dead"
    mine = sources(opened, Entity.PURCHASE, [files[3], str(csv)])
    job = Job(sources(opened, Entity.USER, [files[1]]), mine, dead_letters=letters)
    needed = needed_by(pickle.loads(pickle.dumps(job)))
    assert needed.records == {Entity.USER: 31, Entity.PURCHASE: 251}
    assert needed.requests == {Entity.USER: 31, Entity.PURCHASE: 3}
    assert needed.submitted == {Entity.USER: 31, Entity.PURCHASE: 252}
    assert not letters.exists()


@pytest.mark.slow
async def test_it_is_counted_in_another_process(files: tuple[str, ...]) -> None:
    opened = files_of(None, "woowup")
    needed = await counted(Job(sources(opened, Entity.USER, [files[1]]), None))
    assert needed.records == {Entity.USER: 31, Entity.PURCHASE: 0}
    with pytest.raises(RuntimeError, match=r"nothing\.jsonl"):
        await counted(Job(JsonLines("nothing.jsonl"), None))


@pytest.mark.parametrize(("name", "code", "answer"), [("u.jsonl", 0, b'"user":31'), ("none.jsonl", 1, b"none.jsonl")])
def test_what_the_other_process_does(
    name: str, code: int, answer: bytes, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(JsonLines(Path(files[1]).with_name(name)), None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pickle.dumps(job))))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written := io.BytesIO()))
    monkeypatch.setattr(forecasting, "ignore_interrupts", lambda: None)
    with pytest.raises(SystemExit) as ended:
        forecasting.main()
    assert ended.value.code == code
    assert answer in written.getvalue()


async def test_a_process_that_fails_without_a_word_is_a_failure() -> None:
    with pytest.raises(RuntimeError, match="exit code 3"):
        await counted(Job(None, None), (sys.executable, "-S", "-c", "import sys; sys.stdin.buffer.read(); sys.exit(3)"))


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20])
async def test_a_run_that_ends_while_the_process_starts_leaves_none_open(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load, `anyio.to_process` left one open, and it was found by whatever test ran later."""
    started = list[asyncio.SubprocessTransport]()
    loop: Any = type(asyncio.get_running_loop())
    made = loop._make_subprocess_transport

    async def noted(self: Any, *arguments: Any, **options: Any) -> Any:
        started.append(await made(self, *arguments, **options))
        return started[-1]

    monkeypatch.setattr(loop, "_make_subprocess_transport", noted)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(counted, Job(None, None), (sys.executable, "-S", "-c", "import time; time.sleep(60)"))
        while not started:
            await anyio.lowlevel.checkpoint()
        for _ in range(turns):
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    (transport,) = started
    assert transport.get_returncode() is not None
    assert transport.is_closing()
    gc.collect()  # which would warn of what is open
