"""`docs/limiter.md` has the numbers of the code, and shows the picture that the script draws."""

import ast
import importlib
import re
import runpy
from pathlib import Path

import pytest

from woowup_async._limiting.blind import BlindPace
from woowup_async._limiting.foreign_traffic import ForeignTraffic
from woowup_async._limiting.gate import BURST, STEADY, Gate, Load
from woowup_async._limiting.phase import ClockSample, Phase, SegmentTime

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGE = (DOCS / "limiter.md").read_text(encoding="utf-8")
LIMITING = ROOT / "woowup_async" / "_limiting"
LOAD = Load(70, 0, 0, 0, 0, 0.2, 0.0, is_first=False, pace=STEADY, margin=0)


def is_number(value: object) -> bool:
    if isinstance(value, tuple):
        return all(is_number(part) for part in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def assigned(tree: ast.Module) -> set[str]:
    """Return the names that a module defines at its top level."""
    names = set[str]()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return names


def constants() -> dict[str, object]:
    found = dict[str, object]()
    for path in (*sorted(LIMITING.glob("*.py")), LIMITING.parent / "statistics.py"):
        room = "_limiting." if path.parent == LIMITING else ""
        module = importlib.import_module(f"woowup_async.{room}{path.stem}")
        for name in assigned(ast.parse(path.read_text(encoding="utf-8"))):
            if is_number(value := getattr(module, name)):
                found[f"{path.stem}.{name}"] = value
    return found


def evaluated(text: str) -> object:
    """Return the value of a literal, or of a quotient of two."""
    above, _, below = text.partition(" / ")
    return ast.literal_eval(above) / ast.literal_eval(below) if below else ast.literal_eval(text)


def rows(head: str) -> list[list[str]]:
    """Return the cells of the table that begins with `head`."""
    table = PAGE.split(head + "\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_it_names_each_constant_with_its_value() -> None:
    named = re.findall(r"`(\w+\.\w+)` = `([^`]+)`", PAGE)
    stated = {name: evaluated(value) for name, value in named}

    assert len(named) == len(stated)
    assert len(stated) > 35
    assert stated == constants()


def test_each_constant_says_where_it_is_from() -> None:
    items = re.findall(r"^- `\w+\.\w+` = (?:.|\n  )*", PAGE, re.MULTILINE)

    assert sum(item.count("` = `") for item in items) == len(constants())
    assert not [item for item in items if not re.search(r"\((derived|tuned|guessed)\b", item)]


def test_the_gate_gives_what_the_example_says() -> None:
    gate = Gate(30.0)
    examples = rows("| p | c | x now | gate opens at | because |")

    assert len(examples) == 5
    for previous, current, elapsed, stated, _ in examples:
        load = LOAD._replace(previous=int(previous), current=int(current))
        opens = gate.opens_alone(SegmentTime(0, float(elapsed)), load)
        assert opens == (None if stated == "None" else pytest.approx(float(stated), abs=6e-4))


@pytest.mark.parametrize("current", [0, 30, 45, 60, 66, 67, 68, 69, 70])
def test_the_solutions_on_the_page_are_the_gates(current: int) -> None:
    for previous in range(1, 141, 6):
        check_solutions(previous, current)


def check_solutions(previous: int, current: int) -> None:
    end, begins, slack = 28.4, 25.4, 3.0
    steady = 30 * (1 - (70 - current - slack) / previous)
    going = (previous + current - 70 + slack * end / (end - begins)) / (previous / 30 + slack / (end - begins))
    last = 30 * (1 - (70 - current) / previous)
    fits = [at for at, low, high in ((steady, 0, begins), (going, begins, end), (last, end, 30)) if low <= at < high]
    expected = 0.0 if previous + current + slack < 70 else min(fits, default=None)

    opens = Gate(30.0).opens_alone(SegmentTime(0, 0.0), LOAD._replace(previous=previous, current=current))

    assert opens == (None if expected is None else pytest.approx(expected, abs=1e-5))


def test_the_other_numbers_of_the_gate() -> None:
    gate, alone = Gate(30.0), ForeignTraffic(30.0)
    first = LOAD._replace(is_first=True, pace=BURST)

    assert list(gate._going(LOAD)) == [pytest.approx(25.4), pytest.approx(28.4)]
    assert [gate.opens_alone(SegmentTime(0, 0.0), first._replace(current=current)) == 0 for current in (60, 61)] == [
        True,
        False,
    ]
    assert gate.spacing(SegmentTime(0, 0.0), LOAD, alone) == pytest.approx(0.406, abs=5e-4)
    assert gate.spacing(SegmentTime(0, 29.9), first, alone) == pytest.approx(0.214, abs=5e-4)


def test_the_phase_narrows_as_the_example_says() -> None:
    phase = Phase(30.0)
    examples = rows("| sent | received | Date | θ at least | θ at most |")

    assert len(examples) == 2
    for sent, received, date, low, high in examples:
        phase.observe(ClockSample(float(sent), float(received), 1_742_121_660.0, float(date)))
        ends = [end - 1_742_121_000 for end in phase.interval(float(received))]
        assert ends == [pytest.approx(float(low), abs=6e-4), pytest.approx(float(high), abs=6e-4)]


def test_the_blind_pace_waits_as_the_example_says() -> None:
    blind = BlindPace(30.0)
    for _ in range(70):
        blind.add(0.0)

    assert blind.ready_at(0.0, 0, 70) == pytest.approx(
        float(re.findall(r"permit comes at ([\d.]+) s", PAGE)[0]), abs=5e-3
    )


def test_the_picture_is_what_the_script_draws() -> None:
    render = runpy.run_path(str(DOCS / "make_limiter_svg.py"))["render"]

    assert (DOCS / "limiter.svg").read_text(encoding="utf-8") == render()


def test_the_picture_has_no_small_letters() -> None:
    picture = (DOCS / "limiter.svg").read_text(encoding="utf-8")

    assert min(map(float, re.findall(r"(?:font|font-size): ([\d.]+)px", picture))) >= 12
    assert "prefers-color-scheme: dark" in picture


def test_figures_of_the_benchmarks_are_those_of_the_table() -> None:
    table = (ROOT / "benchmarks" / "results" / "limiter.md").read_text(encoding="utf-8")

    assert not [figure for figure in re.findall(r"\b0\.9\d{3}\b", PAGE) if figure not in table]
