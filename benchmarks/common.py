"""Shared by all measurements: documents, a null server, medians, and the form of results."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from woowup_async import Purchase

RESULTS = Path(__file__).parent / "results"
SAMPLE = Path(__file__).parent.parent / "tests" / "samples" / "purchase.json"
#: The vendor's example with the usual spaces: 1.7 KB.
BASE: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
#: The number of products of a shop, and of seconds in a day, with one purchase each.
_PRODUCTS, _SECONDS = 1_000, 86_400
_TIMES = [f"2017-03-23 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(_SECONDS)]
_TIME_BYTES = [time.encode() for time in _TIMES]


def _template() -> bytes:
    text = json.dumps(BASE).replace("%", "%%")
    for name, own in (("invoice_number", "F-%09d"), ("createtime", "%s"), ("approvedtime", "%s")):
        text = text.replace(f'"{name}": "{BASE[name]}"', f'"{name}": "{own}"')
    sku = BASE["purchase_detail"][0]["sku"]
    return text.replace(f'"sku": "{sku}"', '"sku": "2%06d"').encode()


_TEMPLATE = _template()


def lines(count: int, start: int = 0) -> Iterator[bytes]:
    """Yield purchases as lines of JSON, each with its own number, time and product."""
    for number in range(start, start + count):
        time = _TIME_BYTES[number % _SECONDS]
        yield _TEMPLATE % (number, number % _PRODUCTS, time, time)


def mappings(count: int) -> Iterator[dict[str, Any]]:
    """Yield the same purchases as dictionaries."""
    (line,) = BASE["purchase_detail"]
    details = [[{**line, "sku": f"2{product:06}"}] for product in range(_PRODUCTS)]
    for number in range(count):
        time, detail = _TIMES[number % _SECONDS], details[number % _PRODUCTS]
        own = {"purchase_detail": detail, "createtime": time, "approvedtime": time}
        yield {**BASE, "invoice_number": f"F-{number:09}", **own}


def models(count: int) -> Iterator[Purchase]:
    """Yield the same purchases as models. Their parts are built once, since building them is not measured."""
    built = [msgspec.convert(fields, Purchase) for fields in mappings(_PRODUCTS)]
    for number in range(count):
        time, invoice = _TIMES[number % _SECONDS], f"F-{number:09}"
        one = built[number % _PRODUCTS]
        yield msgspec.structs.replace(one, invoice_number=invoice, createtime=time, approvedtime=time)


def machine() -> str:
    """Describe this machine."""
    cpu = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    return f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores {cpu}".strip()


def _cpuinfo() -> Sequence[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else ()


def cpu() -> float:
    """Return the seconds of CPU that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_of(*pids: int, ended: bool = False) -> float:
    """Return the seconds of CPU of other processes (Linux), also of their children that have ended."""
    found = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found += sum(map(int, fields[11 : 15 if ended else 13]))
    return found / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    """Return the peak memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def median(figures: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(figures)


@contextmanager
def null_server() -> Iterator[str]:
    """Start a server in its own process that accepts everything at once and counts it."""
    command = [sys.executable, "-m", "benchmarks.null_server"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)


def child(code: str, *arguments: object, timeout: float = 900) -> Any:
    """Run `module:function` in a fresh process, and return the JSON that it prints last."""
    module, _, function = code.partition(":")
    program = f"import json, sys; from {module} import {function} as f; print(json.dumps(f(*json.loads(sys.argv[1]))))"
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(arguments)], capture_output=True, text=True, timeout=timeout
    )
    if done.returncode:
        raise RuntimeError(f"{code}{arguments}: {done.stderr.strip()[-2_000:]}")
    return json.loads(done.stdout.splitlines()[-1])


@dataclass(slots=True)
class Result:
    """The result of a benchmark.

    Attributes:
        name: of the benchmark, and of its files.
        title: what it measures.
        notes: n, baselines and method.
        head: the head of the table.
        rows: the rows of the table.
        bars: the goals: what, the figure, the bar, and whether it is reached.

    """

    name: str
    title: str
    notes: list[str] = field(default_factory=list)
    head: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    bars: list[tuple[str, float, str, bool]] = field(default_factory=list)

    def bar(self, what: str, figure: float, sign: str, bound: float) -> None:
        """Compare a figure with its bar."""
        is_reached = figure <= bound if sign == "≤" else figure >= bound
        self.bars.append((what, figure, f"{sign} {bound:g}", is_reached))

    def text(self) -> str:
        """Return the result as Markdown."""
        parts = [f"# {self.title}", "", machine() + ".", *self.notes, ""]
        if self.rows:
            parts += [_row(self.head), _row(["---"] * len(self.head)), *map(_row, self.rows), ""]
        if self.bars:
            parts += [_row(["to reach", "measured", "bar", ""]), _row(["---"] * 4)]
            parts += [
                _row([what, f"{figure:.3g}", bar, "yes" if is_reached else "**no**"])
                for what, figure, bar, is_reached in self.bars
            ]
        return "\n".join(parts) + "\n"

    def save(self) -> None:
        """Print the result, and save it with the others."""
        if hasattr(os, "getloadavg"):  # other programs slow us down more than they slow down a floor
            self.notes.append(f"Load average at the end: {os.getloadavg()[0]:.1f}.")
        print(self.text(), flush=True)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{self.name}.md").write_text(self.text(), encoding="utf-8")
        data = {"machine": machine(), "rows": self.rows, "head": self.head, "bars": self.bars, "notes": self.notes}
        (RESULTS / f"{self.name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def interleaved(measures: dict[str, Callable[[], float | str]], rounds: int) -> dict[str, float | str]:
    """Measure in turns and return the medians. A text instead of a figure says why there is none."""
    seen: dict[str, list[float]] = {name: [] for name in measures}
    missing: dict[str, str] = {}
    for _ in range(rounds):
        for name, measure in measures.items():
            if name in missing:
                continue
            figure = measure()
            if isinstance(figure, str):
                missing[name] = figure
            else:
                seen[name].append(figure)
    return {name: missing.get(name) or median(seen[name]) for name in measures}
