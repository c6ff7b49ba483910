"""Doubt belongs to the record: only an answer ends it, and no release, local refusal, other content or kill does."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.examples import some
from tests.support.journals import item, note
from woowup_async._flow import Entity, digest_of
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import State

KEYS, CONTENTS = "ab", "xyz"
OUTCOMES: tuple[Outcome, ...] = (
    Accepted("queued"),
    Accepted("unconfirmed"),
    Rejected("server", "bad_request"),
    Rejected("client", "invalid"),
    Released("stopped"),
    InDoubt("lost"),
)


class Doubt(RuleBasedStateMachine):
    """Compare the journal with a model of the contents that were sent and answered."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.ledger = self.begun()
        self.under_way = dict[str, str]()
        #: Contents that may have been processed, by key: lost ones, without those that the server refused later.
        self.unanswered: dict[str, set[str]] = {key: set() for key in KEYS}
        self.accepted = dict[str, str]()
        self.several, self.sent = set[str](), set[tuple[str, str]]()

    def begun(self) -> SqliteLedger:
        ledger = SqliteLedger(self.folder / "j")
        ledger.begin([])
        return ledger

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def lose(self, key: str) -> None:
        if key in self.under_way:
            self.unanswered[key].add(self.under_way.pop(key))

    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, unique=True), content=st.sampled_from(CONTENTS))
    def mark(self, keys: list[str], content: str) -> None:
        for key in keys:
            if self.under_way.get(key) != content:
                self.lose(key)  # other content of it was under way and was not settled
            self.under_way[key] = content
            self.sent.add((key, content))
        self.ledger.mark(Entity.PURCHASE, [item(key, content) for key in keys], b"")

    @rule(key=st.sampled_from(KEYS), content=st.sampled_from(CONTENTS), outcome=st.sampled_from(OUTCOMES))
    def settle(self, key: str, content: str, outcome: Outcome) -> None:
        if (key, content) not in self.sent:  # content that was never sent was released or refused locally
            outcome = outcome if isinstance(outcome, Released) else Rejected("client", "invalid")
        if self.under_way.get(key) == content:
            del self.under_way[key]
        match outcome:
            case Accepted():
                self.unanswered[key].clear()
                self.several.discard(key)
                self.accepted[key] = content
            case InDoubt():
                self.unanswered[key].add(content)
            case Rejected(by="server"):
                self.unanswered[key].discard(content)
        self.ledger.settle([note(item(key, content), outcome)], b"")

    @rule()
    def kill(self) -> None:
        self.ledger.close()
        for key in KEYS:
            self.lose(key)
        self.ledger = self.begun()

    @invariant()
    def doubt_is_known(self) -> None:
        for key in KEYS:
            unanswered = self.unanswered[key] | {self.under_way[each] for each in {key} & self.under_way.keys()}
            if len(unanswered) > 1:
                self.several.add(key)
            # if several contents are in doubt, the journal does not store which ones
            allowed = {digest_of(content.encode()) for content in unanswered} if len(unanswered) < 2 else {b""}
            allowed |= {b""} if key in self.several else set()
            entry = self.ledger.find(Entity.PURCHASE, key)
            doubt = entry.doubt if entry else None
            assert doubt in allowed if unanswered else doubt is None or doubt in allowed
            if entry is not None:
                accepted = self.accepted.get(key)
                assert entry.accepted == (None if accepted is None else digest_of(accepted.encode()))
                assert entry.state is State.IN_FLIGHT or key not in self.under_way
                assert doubt is None or entry.state not in (State.RELEASED, State.ACCEPTED)


TestDoubt = Doubt.TestCase
TestDoubt.settings = settings(max_examples=some(15), stateful_step_count=12, deadline=None)
