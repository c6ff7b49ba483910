"""Each way to name a store gives that store, and an error shows no password."""

import pytest

from tests.support.secrets import places_of
from woowup_async.budget import HostStore, PostgresStore, RedisStore, Snapshot, store_from
from woowup_async.budget.opened import from_environment, in_context

URLS = [
    ("redis://:hidden-1@host", RedisStore), ("REDISS://:hidden-1@host/2", RedisStore),
    ("unix://:hidden-1@/run/redis.sock", RedisStore), ("postgresql://ana:hidden-1@host/x", PostgresStore),
    ("postgres://ana:hidden-1@host/x", PostgresStore),
]  # fmt: skip


class Own:
    async def read(self, account: str) -> Snapshot:
        return Snapshot(0.0, 0, None)

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        return False


def test_none_and_host_and_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Own()
    monkeypatch.setenv("BUDGET", " none ")

    assert store_from(None) is store_from("none") is store_from("env:BUDGET") is None
    assert isinstance(store_from("host"), HostStore)
    assert store_from(own) is own


@pytest.mark.parametrize(("url", "kind"), URLS)
def test_an_address(url: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUDGET", url)
    for store in (store_from(url), store_from("env:BUDGET")):
        assert type(store) is kind
        assert "***" in repr(store)
        assert not places_of("hidden-1", store)


@pytest.mark.parametrize("text", ["mysql://ana:hidden-1@h", "memcached", "redis:host", "", "env:BUDGET"])
def test_another_text_names_the_kinds(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUDGET", "env:BUDGET")
    with pytest.raises(
        ValueError, match=r"none, host, redis://\.\.\., rediss://.+unix://.+postgresql://.+env:NAME"
    ) as caught:
        store_from(text)
    assert not places_of("hidden-1", caught.value)


@pytest.mark.parametrize("text", ["env:MISSING", "env:", "env:EMPTY"])
def test_a_variable_that_is_not_set(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(ValueError, match="is not set"):
        from_environment(text)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hidden-1@host:port", "redis://:hidden-1@host?socket_timeout=soon", "redis://:hid@hidden-1@host",
        "postgresql://ana:hidden-1@host?what=1", "postgresql://ana:hidden-1@[host", "redis://:hidden-1@[host",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_read(url: str) -> None:
    with pytest.raises(ValueError) as caught:
        store_from(url)
    assert not places_of("hidden-1", caught.value)


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [("redis://:hidden-1@h", "redis", "redis"), ("postgresql://a:hidden-1@h", "psycopg", "postgres")],
)  # fmt: skip
def test_a_missing_extra_is_named(url: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(ImportError, match=rf"pip install 'woowup_async\[{extra}\]'") as caught:
        store_from(url)
    assert not places_of("hidden-1", caught.value)


@pytest.mark.parametrize("kind", [RedisStore, PostgresStore])
def test_a_class_takes_only_its_own_addresses(kind: type[RedisStore | PostgresStore]) -> None:
    with pytest.raises(ValueError, match="begins with") as caught:
        kind("mysql://:hidden-1@host")
    assert not places_of("hidden-1", caught.value)


async def test_a_store_without_a_context_is_used_as_it_is() -> None:
    own = Own()
    async with in_context(own) as store:
        assert store is own
    async with in_context(HostStore("x")) as store:
        assert isinstance(store, HostStore)
