"""An app with a simulated account, for its tests.

Room: contrib, an edge. It needs the extra `fastapi`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Unpack

from woowup_async._ingest.faces.inputs import PathOrSink
from woowup_async._transport.credentials import ApiKey
from woowup_async.contrib.fastapi import PluginOptions, WoowUpPlugin
from woowup_async.policies import BatchPolicy, RateLimit, RetryPolicy
from woowup_async.testing import Simulator


@contextmanager
def simulated(
    plugin: WoowUpPlugin,
    simulator: Simulator,
    *,
    outbox: str | os.PathLike[str] | None = None,
    dead_letters: PathOrSink | None = None,
    **options: Unpack[PluginOptions],
) -> Iterator[WoowUpPlugin]:
    """Let an app use a simulated account.

    `with simulated(woowup, simulator), TestClient(app) as client: ...`.

    The app must be started inside the block. It keeps its `on_event` and its own options, except those that would
    reach a real account or make a test slow: the key, the hosts, the pool, the files, the budget's store and segment,
    and the waits of batches and retries.

    Args:
        plugin: of the app.
        simulator: the fixture `woowup_simulator`, or one that is open.
        outbox: a file; by default there is none.
        dead_letters: a file or a sink; by default there is none.
        options: those of `WoowUp`, instead of the app's.

    Raises:
        RuntimeError: the app is running.

    """
    if plugin.is_open:
        raise RuntimeError("the app is running: start it inside the block")
    own = vars(plugin).copy()
    instead: PluginOptions = {
        "base_url": simulator.url,
        "connectors_url": simulator.connectors_url,
        "rate_limit": RateLimit(segment=simulator.segment),
        "batch": BatchPolicy(linger=0),
        "retry": RetryPolicy(base=0.01, cap=0.1),
        "budget": None,
    }
    plugin._key, plugin._pool = ApiKey(simulator.api_key), None
    plugin._options = {**plugin._options, **instead, **options}
    plugin._outbox, plugin._dead_letters = outbox, dead_letters
    try:
        yield plugin
    finally:
        vars(plugin).update(own)
