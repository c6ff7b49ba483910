"""The panels of a dashboard: what one journal shows, as HTML.

Room: cli. Pure. Each panel is a part that the browser replaces when it changes. All text from data is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from woowup_async._flow import Entity
from woowup_async._text import printable
from woowup_async.cli.dashboard.charts import Chart, Series, figure, meter
from woowup_async.cli.display.words import lasting, moment, span, unconfirmed_lines, utc

View = dict[str, Any]

#: Longest text from data (guessed).
_LONGEST = 300
#: A class of the page for each state.
_LOOKS = {
    "running": "good", "idle": "good", "finished": "good", "cooling": "warn", "waiting": "warn", "stalled": "warn",
    "stopped": "warn", "incomplete": "warn", "failed": "bad", "silent": "bad", "unreadable": "bad", "none": "soft",
}  # fmt: skip
_STATES = {
    "none": "no run yet", "silent": "not responding", "cooling": "cooling down", "incomplete": "finished, not all sent",
}  # fmt: skip
_KINDS = {
    "outage": "server failing", "cooldown": "rate limit (429)", "no_answer": "no answer yet",
    "key_refused": "key refused", "account_deleted": "account deleted", "disk_failed": "disk failed",
    "outbox_full": "outbox full", "defect": "ended by an error",
}  # fmt: skip


def _state(view: View, now: float) -> Iterator[str]:
    word = view["state"]
    yield f'<span class="state {_LOOKS[word]}">{_STATES.get(word, word)}</span>'


def _run(view: View, now: float) -> Iterator[str]:
    texts = []
    if run := view["run"]:
        texts.append(f"Run {run['number']:,}, began {moment(run['began'], now)}.")
        if run["ended"]:
            texts.append(f"It took {span(run['ended'] - run['began'])}.")
    if view["why"]:
        texts.append(view["why"])
    if view["run"] and not view["run"]["ended"] and view["written"]:
        texts.append(f"Last written {moment(view['written'], now)}.")
    yield shown(" ".join(texts), 1_000)


def _progress(view: View, now: float) -> Iterator[str]:
    if (progress := view["progress"]) is None:
        return
    settled, expected, part = progress["settled"], progress["expected"], progress["part"]
    if expected is None:
        yield f'<p class="big"><b>{settled:,}</b> records have an outcome</p>'
        return
    # 100 % only if all records have an outcome
    percent = 100.0 if settled >= expected else min(99.9, 100 * part)
    text = f"{settled:,} of {expected:,} records have an outcome"
    yield f'<p class="big"><b>{percent:.1f} %</b> {text}</p>'
    yield meter([(settled, "one")], expected, f"{percent:.1f} %: {text}")


def _cards(view: View, now: float) -> Iterator[str]:
    cards = []
    if forecast := view["forecast"]:
        end = now + forecast["seconds"]
        low, high = (moment(now + forecast[name], end, "%H:%M") for name in ("low", "high"))
        bounds = low if low == high else f"{low} to {high}"
        cards.append(("ends about", moment(end, now, "%H:%M"), f"in {span(forecast['seconds'])}; {bounds}"))
    elif view["state"] in ("running", "waiting", "cooling") and view["progress"]:
        cards.append(("ends about", "–", "not forecast yet"))
    if rate := view["rate"]:
        limit = f"of {rate['limit']:,.0f} a minute" if rate["limit"] else "a minute"
        cards.append(("records", f"{rate['records']:,.0f}", "a minute"))
        cards.append(("requests", f"{rate['requests']:,.0f}", limit))
    if requests := view["requests"]:
        cards.append(("refused (429)", f"{requests['refused']:,}", f"of {requests['sent']:,} requests"))
    if view["budget"] and (foreign := view["budget"]["foreign_per_minute"]) >= 1:
        cards.append(("other programs", f"{foreign:,.0f}", "requests a minute"))
    if view["outbox"]:
        cards.append(("outbox", f"{view['outbox']:,}", "records wait"))
    if cards:
        yield '<dl class="cards">'
        yield from (
            f"<div><dt>{name}</dt><dd><b>{shown(value)}</b> <span>{shown(note)}</span></dd></div>"
            for name, value, note in cards
        )
        yield "</dl>"


def _outcomes(view: View, now: float) -> Iterator[str]:
    yield "<h3>Outcomes of this run</h3>"
    rows = view["progress"]["rows"] if view["progress"] else []
    if rows:
        names = ["expected", "settled", "accepted", "unconfirmed", "rejected", "released", "in_doubt"]
        always = ("settled", "accepted", "rejected")
        names = [name for name in names if name in always or any(row[name] for row in rows)]
        yield from _grid([row["entity"] for row in rows], {_name(name): [row[name] for row in rows] for name in names})
    else:
        yield '<p class="soft">None yet.</p>'
    stored = view["stored"]
    if stored and (len(view["runs"]) > 1 or not rows):
        states = sorted({state for counts in stored.values() for state in counts})
        entities = [entity for entity in Entity if entity in stored]
        rows_of = {_name(state): [stored[entity].get(state, 0) for entity in entities] for state in states}
        yield "<h3>In the journal, all runs</h3>"
        yield from _grid([entity.plural for entity in entities], rows_of)
    if view["unconfirmed"]:
        text = " ".join(line.strip() for line in unconfirmed_lines(view["unconfirmed"]))
        yield f'<p class="warn">{shown(text, 1_000)}</p>'


def _grid(heads: Sequence[str], rows: Mapping[str, Sequence[int | None]]) -> Iterator[str]:
    yield '<table class="counts"><thead><tr><th scope="col"><span class="hidden">outcome</span></th>'
    yield from (f'<th scope="col">{shown(head)}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for name, counts in rows.items():
        look = ' class="bad"' if name in ("rejected", "released", "in doubt") and any(counts) else ""
        cells = "".join(f"<td>{'–' if count is None else f'{count:,}'}</td>" for count in counts)
        yield f'<tr><th scope="row"{look}>{name}</th>{cells}</tr>'
    yield "</tbody></table>"


def _budget(view: View, now: float) -> Iterator[str]:
    yield "<h3>The account's budget</h3>"
    if (budget := view["budget"]) is None:
        yield '<p class="soft">It is shown while a run works.</p>'
        return
    used, limit = budget["estimated"], budget["limit"]
    text = f"{used:,.0f} of {limit:,} requests count now"
    yield f'<p class="big"><b>{used:,.0f}</b> of {limit:,} requests count now</p>'
    yield meter([(budget["carried"], "faint"), (budget["current"], "one")], limit, text)
    yield '<p class="legend"><span><i class="dot faint"></i>from the segment before</span>'
    yield '<span><i class="dot one"></i>from this segment</span></p>'
    if budget["elapsed"] is None:
        yield '<p class="soft">The server has not shown its clock, so the pace is safe for any.</p>'
    else:
        elapsed, segment = budget["elapsed"], budget["segment"]
        label = f"{elapsed:,.0f} s of the {segment:,.0f} s segment have passed"
        yield f'<p class="small">{label}</p>{meter([(elapsed, "faint")], segment, label)}'
    facts = [
        ("requests without an answer", f"{budget['in_flight']:,}"),
        ("requests that wait for a permit", f"{budget['waiting']:,}"),
        ("requests of other programs, a minute", f"{budget['foreign_per_minute']:,.1f}"),
        ("cooldowns", f"{budget['cooldowns']:,}"),
        ("cooling down", f"{budget['cooling']:,.0f} s more" if budget["cooling"] else "no"),
    ]
    if budget["workers"]:
        store = "does not work: each worker uses its own part" if budget["is_fallen_back"] else "works"
        facts += [
            ("workers that share it", f"{budget['workers']:,}"),
            ("this worker's part of the requests", f"{budget['part']:.0%}"),
            ("budget store", store),
        ]
    yield '<table class="facts"><tbody>'
    yield from (f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in facts)
    yield "</tbody></table>"


def _hours(view: View, now: float) -> Iterator[str]:
    yield "<h3>Outcomes by hour</h3>"
    hours = view["hours"]
    if not hours:
        yield '<p class="soft">No outcome yet.</p>'
        return
    series = [("accepted", "one"), ("rejected", "bad"), ("other", "warnfill")]
    shown = [(name, look) for name, look in series if name == "accepted" or any(hour[name] for hour in hours)]
    labels = [f"{utc(hour['at']):%d %b %H:00}" for hour in hours]
    parts = [
        Series("not settled" if name == "other" else name, look, [hour[name] for hour in hours]) for name, look in shown
    ]
    yield from figure(Chart("Records an hour", labels, parts))


def _minutes(view: View, now: float) -> Iterator[str]:
    yield "<h3>Requests in the last hour</h3>"
    minutes = view["minutes"]
    if not minutes:
        yield '<p class="soft">None.</p>'
        return
    labels = [f"{utc(minute['at']):%H:%M}" for minute in minutes]
    # a minute may have one refusal more than requests: the answer to a request of the minute before
    answered = [max(0, minute["requests"] - minute["refused"]) for minute in minutes]
    parts = [
        Series("sent", "one", answered),
        Series("refused (429)", "bad", [minute["refused"] for minute in minutes]),
    ]
    limit = view["rate"]["limit"] if view["rate"] else 0.0
    yield from figure(Chart("Requests a minute", labels, parts, (limit, f"limit {limit:,.0f}") if limit else None))


def _causes(view: View, now: float) -> Iterator[str]:
    yield "<h3>Rejected, by cause</h3>"
    causes = view["causes"]
    if not causes:
        yield f'<p class="soft">{"No record is rejected." if causes is not None else "Not counted yet."}</p>'
        return
    most = max(cause["records"] for cause in causes)
    yield _head('<table class="causes">', "records", "cause")
    for number, cause in enumerate(causes):
        entity, text = cause["entity"], f"{cause['code']}: {cause['reason']}" if cause["reason"] else cause["code"]
        yield f'<tr><td>{cause["records"]:,}</td><td class="text">'
        yield meter([(cause["records"], "bad")], most, f"{cause['records']:,} records")
        yield f'<span class="soft">{shown(entity)}</span> {shown(text)}'
        if cause["samples"]:
            count = len(cause["samples"])
            yield f'<details data-key="c{number}"><summary>{count} example{"s" if count > 1 else ""}</summary><ul>'
            yield from (f"<li>{_sample(key, position)}</li>" for key, position in cause["samples"])
            yield "</ul></details>"
        yield "</td></tr>"
    yield "</tbody></table>"
    if view["is_partial"]:
        yield '<p class="soft">Only the first rejected records were looked at: there are more.</p>'


def _head(table: str, *names: str) -> str:
    """Return the begin of a table. The second column has text."""
    cells = "".join(f'<th scope="col"{" class=text" if at == 1 else ""}>{name}</th>' for at, name in enumerate(names))
    return f"{table}<thead><tr>{cells}</tr></thead><tbody>"


def _sample(key: str, position: str) -> str:
    where = f'<span class="soft">{shown(position)}</span>'
    return f"<code>{shown(key)}</code> {where}" if key else where


def _problems(view: View, now: float) -> Iterator[str]:
    yield "<h3>Problems</h3>"
    if not view["problems"]:
        yield '<p class="soft">None.</p>'
        return
    yield '<ol class="list">'
    for problem in view["problems"]:
        kind, look = problem["kind"], "bad" if problem["is_open"] else "soft"
        when = lasting(problem["began"], problem["ended"], now, is_open=problem["is_open"])
        yield f'<li><b>{_KINDS.get(kind, shown(kind))}</b> <span class="{look}">{shown(when)}</span>'
        yield f'<br><span class="small">{shown(problem["what"])}</span></li>'
    yield "</ol>"


def _runs(view: View, now: float) -> Iterator[str]:
    yield "<h3>Runs</h3>"
    if not view["runs"]:
        yield '<p class="soft">None.</p>'
        return
    yield _head("<table>", "run", "began", "took")
    for run in view["runs"]:
        took = span(run["ended"] - run["began"]) if run["ended"] else "not finished"
        began = moment(run["began"], now)
        yield f'<tr><th scope="row">{run["number"]:,}</th><td class="text">{began}</td><td>{took}</td></tr>'
    yield "</tbody></table>"


def _name(name: str) -> str:
    named = {"expected": "records", "settled": "with an outcome", "unconfirmed": "of these unconfirmed"}
    return named.get(name, name.replace("_", " "))


def shown(text: str, most: int = _LONGEST) -> str:
    """Escape text, since it may come from data or from the server."""
    return escape(printable(text, most))


#: The panels by name. Each gets what to show, and the present time.
PANELS: dict[str, Callable[[View, float], Iterator[str]]] = {
    "state": _state,
    "run": _run,
    "progress": _progress,
    "cards": _cards,
    "outcomes": _outcomes,
    "budget": _budget,
    "hours": _hours,
    "minutes": _minutes,
    "causes": _causes,
    "problems": _problems,
    "runs": _runs,
}
