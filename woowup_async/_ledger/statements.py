"""The statements of a ledger that are no functions of the server.

Room: _ledger. Pure. They look up many records, or write a few rows.
"""

from __future__ import annotations

ALIVE = "(w.ended IS NULL AND w.until >= clock_timestamp())"

ACCOUNT = """
WITH made AS (
    INSERT INTO woowup_account (mark, began) VALUES (%b, clock_timestamp()) ON CONFLICT (mark) DO NOTHING RETURNING id
)
SELECT id FROM made UNION ALL SELECT id FROM woowup_account WHERE mark = %b
"""
BEGIN = "SELECT run, writer, is_resumed FROM woowup_begin(%s::int, %s::text, %s::float8)"
FINISH = "SELECT woowup_finish(%s::int, %s::bigint)"
SWEEP = "SELECT woowup_sweep(%s::int, %s::bigint)"
OVERTAKE = "SELECT woowup_overtake(%s::bigint, %s::int, %s::smallint, %s::bigint, %s::text[])"
CLAIM = """
SELECT * FROM woowup_claims(
    %b::bigint, %b::int, %b::int, %b::smallint, %b::text[], %b::bytea[], %b::text[], %b::text[], %b::int[]
)
"""
SETTLE = """
SELECT woowup_settle(
    %b::bigint, %b::int, %b::smallint, %b::bigint, %b::bool, %b::text[], %b::bytea[], %b::smallint[], %b::text[],
    %b::smallint[], %b::text[], %b::int[], %b::bytea, %b::float8, %b::int[], %b::int[], %b::text[],
    %b::bool, %b::int
)
"""
LATE = """
SELECT woowup_late(
    %b::bigint, %b::int, %b::smallint, %b::bigint, %b::text[], %b::bytea[], %b::smallint[], %b::text[],
    %b::smallint[], %b::text[], %b::int[]
)
"""
CUSTOMERS = "SELECT woowup_customers(%s::int, %s::text, %s::text[], %s::text[], %b::bytea)"
SETTLED = """
SELECT coalesce(sum(h.records), 0)::bigint FROM woowup_hour AS h JOIN woowup_writer AS w ON w.id = h.writer
WHERE w.run = %s AND h.account = %s AND h.state IN (1, 2, 5)
"""
SOURCES = "SELECT path, size, modified FROM woowup_source WHERE run = %s"
SOURCE = """
INSERT INTO woowup_source VALUES (%s, %s, %s, %s)
ON CONFLICT (run, path) DO UPDATE SET size = excluded.size, modified = excluded.modified
"""
#: One row for each key that is known: its number, the record, and which other process has it under way. `LIMIT 1` has
#: each key looked up by the whole index, also while the server expects an empty table. `IN (...) IS TRUE` looks keys of
#: claims up in a hash.
FIND = f"""
WITH u AS MATERIALIZED (SELECT * FROM unnest(%b::text[]) WITH ORDINALITY AS u (key, n)), c AS MATERIALIZED (
    SELECT writer, key, sent FROM woowup_claimed AS c
    WHERE c.account = %b::int AND c.entity = %b::smallint AND c.writer <> %b::bigint
        AND (c.key IN (SELECT key FROM u)) IS TRUE
)
SELECT u.n, r.state, r.digest, r.accepted, r.outcome, r.run, r.doubt, r.settled, c.writer, c.sent, {ALIVE}
FROM u
LEFT JOIN LATERAL (
    SELECT * FROM woowup_record AS r WHERE r.account = %b::int AND r.entity = %b::smallint AND r.key = u.key LIMIT 1
) AS r ON true
LEFT JOIN c ON c.key = u.key
LEFT JOIN woowup_writer AS w ON w.id = c.writer
WHERE r.key IS NOT NULL OR c.key IS NOT NULL
"""
VERSIONS = """
SELECT u.n, coalesce(p.version, '') FROM unnest(%b::text[]) WITH ORDINALITY AS u (name, n)
JOIN woowup_customer AS c ON c.account = %b::int AND c.identifier = u.name AND c.is_known
LEFT JOIN woowup_person AS p ON p.account = c.account AND p.person = c.person
"""
PEOPLE = """
WITH u AS (SELECT * FROM unnest(%b::int[], %b::text[], %b::text[]) AS u (n, name, fold))
SELECT u.n, c.person FROM u
JOIN woowup_customer AS c ON c.account = %b::int AND c.identifier IN (u.name, u.fold) WHERE c.person IS NOT NULL
UNION
SELECT u.n, c.person FROM u
JOIN woowup_customer AS c ON c.account = %b::int AND c.folded = u.fold WHERE c.person IS NOT NULL
ORDER BY 1, 2
"""
KNOWN = """
SELECT count(person), count(*) - count(person) FROM woowup_customer WHERE account = %s::int AND is_known
"""
RECALL = """
SELECT memory FROM woowup_writer WHERE account = %s::int AND memory <> '' ORDER BY seen DESC, id DESC LIMIT 1
"""
RENEW = "SELECT woowup_renew(%s::bigint, %s::float8, %b::bytea, %s::text, NULL)"
UNCLAIM = "DELETE FROM woowup_claim WHERE account = %s::int AND writer = %s AND number = ANY (%s)"
END = "UPDATE woowup_writer SET ended = clock_timestamp(), live = NULL WHERE account = %s::int AND place = %s"
NOTE = """
INSERT INTO woowup_note VALUES (%s::int, %s, %s) ON CONFLICT (account, name) DO UPDATE SET value = excluded.value
"""
NOTED = "SELECT value FROM woowup_note WHERE account = %s::int AND name = %s"
PROBLEM = """
INSERT INTO woowup_problem VALUES (%s::int, %s, %s::float8, %s, %s::float8, %s)
ON CONFLICT (account, writer, began, kind) DO UPDATE SET ended = excluded.ended, what = excluded.what
"""
