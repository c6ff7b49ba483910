"""The statements of readers. `account` is NULL for all accounts together.

Room: _ledger. Pure.
"""

from __future__ import annotations

from woowup_async._ledger.statements import ALIVE

_OF = "(%(account)s::int IS NULL OR account = %(account)s::int)"
#: Claims count as in flight, in place of what their records were before.
_STATES = f"""
SELECT r.entity, CASE WHEN c.key IS NULL THEN r.state ELSE 0 END AS state
FROM woowup_record AS r LEFT JOIN woowup_claimed AS c USING (account, entity, key) WHERE {_OF}
"""
MARKED = "SELECT id FROM woowup_account WHERE mark = %(mark)s"
LAST_RUN = f"SELECT id, began, finished FROM woowup_run WHERE {_OF} ORDER BY id DESC LIMIT 1"
RUNS = f"""
SELECT id, extract(epoch FROM began)::float8, extract(epoch FROM finished)::float8 FROM woowup_run WHERE {_OF}
ORDER BY id DESC LIMIT %(most)s
"""
WRITERS = f"SELECT 1 FROM woowup_writer AS w WHERE {_OF} AND {ALIVE} LIMIT 1"
#: Of the processes that work now; if there is none, of the last one.
LIVES = f"""
SELECT live FROM woowup_writer AS w WHERE {_OF} AND live IS NOT NULL AND (
    {ALIVE} OR id = (SELECT max(id) FROM woowup_writer WHERE {_OF} AND live IS NOT NULL)
) ORDER BY seen
"""
PROBLEMS = f"""
SELECT began, kind, ended, what FROM woowup_problem WHERE {_OF} ORDER BY began DESC LIMIT %(most)s
"""
HOURS = f"""
SELECT hour, entity, state, sum(records)::bigint FROM woowup_hour WHERE {_OF} AND hour >= coalesce((
    SELECT DISTINCT hour FROM woowup_hour WHERE {_OF} ORDER BY hour DESC LIMIT 1 OFFSET %(most)s - 1
), 0) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
NOTES = f"SELECT name, value FROM woowup_note WHERE {_OF}"
REJECTED = f"SELECT entity, key, position, outcome FROM woowup_record WHERE {_OF} AND state IN (2, 5)"
COUNTS = f"""
SELECT entity, state, count(*) FROM (
    {_STATES}
    UNION ALL
    SELECT c.entity, 0 FROM woowup_claimed AS c LEFT JOIN woowup_record AS r USING (account, entity, key)
    WHERE {_OF} AND r.key IS NULL
) AS every GROUP BY 1, 2 ORDER BY 1, 2
"""
CODES = f"""
SELECT entity, coalesce(outcome::jsonb ->> 'code', ''), count(*) FROM woowup_record WHERE {_OF} AND state IN (2, 5)
GROUP BY 1, 2 ORDER BY 3 DESC
"""
DOUBTS = f"""
SELECT outcome::jsonb ->> 'why', count(*) FROM woowup_record WHERE {_OF} AND state IN (3, 4) AND outcome IS NOT NULL
GROUP BY 1 ORDER BY 2 DESC LIMIT 5
"""
UNCONFIRMED = f"""
SELECT count(*) FROM woowup_record AS r WHERE {_OF} AND entity = 5 AND state = 1
    AND outcome::jsonb ->> 'effect' = 'unconfirmed' AND NOT EXISTS (
        SELECT FROM woowup_claimed AS c WHERE c.account = r.account AND c.entity = r.entity AND c.key = r.key
    )
"""
SEEN = f"""
SELECT max(w.seen), coalesce((
    SELECT sum(records) FROM woowup_hour AS h JOIN woowup_writer AS of ON of.id = h.writer
    WHERE of.run = %(run)s AND h.state IN (1, 2, 5)
), 0)::bigint FROM woowup_writer AS w WHERE {_OF}
"""
PATHS = "SELECT path FROM woowup_source WHERE run = %(run)s ORDER BY path"
ACCEPTED = """
SELECT key, day FROM woowup_record WHERE account = %(account)s AND entity = 5 AND state = 1
    AND outcome::jsonb ->> 'effect' IS DISTINCT FROM 'unconfirmed'
"""
SETTLED_AT = (
    "SELECT extract(epoch FROM max(coalesce(finished, began)))::float8 FROM woowup_run WHERE account = %(account)s"
)
#: Purchases that are claimed, or are not accepted any more, or were accepted some seconds ago.
UNDER_WAY = """
SELECT r.key FROM woowup_record AS r WHERE r.account = %(account)s AND r.entity = 5 AND r.key = ANY (%(keys)s) AND (
    r.state <> 1 OR r.at > extract(epoch FROM clock_timestamp()) - %(delay)s OR EXISTS (
        SELECT FROM woowup_claimed AS c WHERE c.account = r.account AND c.entity = r.entity AND c.key = r.key
    )
)
"""
FORGET = """
UPDATE woowup_record AS r SET state = 3, accepted = NULL, outcome = NULL, settled = settled + 1
WHERE account = %(account)s AND entity = 5 AND key = ANY (%(keys)s) AND state = 1 AND NOT EXISTS (
    SELECT FROM woowup_claimed AS c WHERE c.account = r.account AND c.entity = r.entity AND c.key = r.key
) RETURNING 1
"""
