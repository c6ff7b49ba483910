"""Which records are about one person, and who goes first."""

from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._flow import Entity
from woowup_async._ingest.ranking import Fact, Kind, Ranking, Stretch

U, P = Entity.USER, Entity.PURCHASE


def ranked(*facts: Fact, blocks: int = 3) -> list[tuple[int, int, list[int]]]:
    """Return rank, kind and the records of each person."""
    with closing(Ranking()) as ranking:
        for start in range(0, len(facts), blocks):
            assert ranking.add(facts[start : start + blocks]) == start
        ranking.rank()
        query = (
            "SELECT rank, kind, group_concat(number) FROM"
            " (SELECT * FROM ranked JOIN facts USING (person) ORDER BY number) GROUP BY rank ORDER BY rank"
        )
        rows = ranking.database.execute(query).fetchall()
        return [(rank, kind, sorted(map(int, numbers.split(",")))) for rank, kind, numbers in rows]


def test_kinds_and_order() -> None:
    found = ranked(
        Fact(U, ["none"]), Fact(U, ["old"]), Fact(U, ["new"]), Fact(P, ["old"], "2024-01"), Fact(P, ["new"], "2024-02"),
        Fact(P, ["old"], "2023"), Fact(P, ["x"], "2020"), Fact(P, ["y"], "2022"), Fact(P, [], "2021"), Fact(U, ["no"]),
    )  # fmt: skip
    assert found == [
        (1, 0, [2, 4]), (2, 0, [1, 3, 5]), (3, 1, [7]), (4, 1, [8]), (5, 1, [6]), (6, 2, [0]), (7, 2, [9]),
    ]  # fmt: skip


NAMES = st.sets(st.integers(0, 12), max_size=3)


@given(st.lists(st.tuples(st.sampled_from([U, P]), NAMES, st.integers(0, 9)), max_size=25))
def test_persons_are_the_connected_records(records: list[tuple[Entity, set[int], int]]) -> None:
    """An oracle: sets that are merged until nothing changes."""
    groups: list[tuple[set[int], set[int]]] = []
    for number, (_, names, _) in enumerate(records):
        merged = ({*names}, {number})
        for group in [group for group in groups if group[0] & names]:
            groups.remove(group)
            merged = (merged[0] | group[0], merged[1] | group[1])
        groups.append(merged)
    facts = [
        Fact(entity, [str(name) for name in names], str(day) if entity is P else "") for entity, names, day in records
    ]
    assert sorted(numbers for _, _, numbers in ranked(*facts)) == sorted(sorted(numbers) for _, numbers in groups)


def test_stretches() -> None:
    """Buyers are cut by their users, and never within a person. The others are one stretch for each kind."""
    facts = [Fact(U, [name]) for name in "aabcde"] + [Fact(P, [name], "2024") for name in "abcxyz"]
    with closing(Ranking()) as ranking:
        ranking.add(facts)
        ranking.rank()
        assert list(ranking.stretches(2)) == [
            Stretch(Kind.BUYER, 1, 1),
            Stretch(Kind.BUYER, 2, 3),
            Stretch(Kind.UNKNOWN, 4, 6),
            Stretch(Kind.OTHER, 7, 8),
        ]
        assert (ranking.count(Kind.BUYER), ranking.count(Kind.UNKNOWN), ranking.count(Kind.OTHER)) == (4, 0, 2)


def test_nothing() -> None:
    with closing(Ranking()) as ranking:
        ranking.rank()
        assert not list(ranking.stretches(500))
