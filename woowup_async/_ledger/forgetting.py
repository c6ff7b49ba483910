"""The statements with which a ledger on a server forgets.

Room: _ledger. Pure. `%(account)s` is the number of the account. `wanted` is a temporary table with the identifiers that
are forgotten, and the name of each.
"""

from __future__ import annotations

#: As `woowup_begin` takes it: no run begins meanwhile.
LOCK = "SELECT pg_advisory_xact_lock(741159828, %(account)s::int)"
IN_DOUBT = """
SELECT (SELECT count(*) FROM woowup_claimed WHERE account = %(account)s) + (
    SELECT count(*) FROM woowup_record WHERE account = %(account)s AND (doubt IS NOT NULL OR state IN (0, 4))
)
"""
WANTED = """
CREATE TEMP TABLE wanted (identifier text COLLATE "C" PRIMARY KEY, name text, folded text) ON COMMIT DROP
"""
#: A name is its own name (`_journal.pseudonyms.is_name`), so it is forgotten already.
IS_NAME = r"~ '^[^:]*:~[0-9A-Za-z]{32}([xX]{32})?$'"
#: Users and members. Their keys are identifiers; one that begins with U+FDD0 is a position.
_PEOPLE = "account = %(account)s AND entity IN (3, 4) AND NOT starts_with(key, '\ufdd0')"
#: Also addresses whose lower case the server may know less about.
SAME_ADDRESS = f"""
SELECT identifier FROM woowup_customer
WHERE account = %(account)s AND (identifier = ANY (%(addresses)s) OR folded = ANY (%(addresses)s))
UNION SELECT key FROM woowup_record WHERE {_PEOPLE} AND starts_with(key, 'email:')
    AND (lower(key) = ANY (%(addresses)s) OR key ~ '[^[:ascii:]]')
"""
SAME_PERSON = """
SELECT identifier FROM woowup_customer WHERE account = %(account)s AND person IN (
    SELECT person FROM woowup_customer WHERE account = %(account)s AND identifier = ANY (%(identifiers)s)
)
"""
#: Runs that ended before a moment. One without an end ended with the last sign of its processes.
OLD_RUNS = """
SELECT r.id FROM woowup_run AS r WHERE r.account = %(account)s AND coalesce(
    r.finished, (SELECT max(w.seen) FROM woowup_writer AS w WHERE w.account = r.account AND w.run = r.id), r.began
) < to_timestamp(%(before)s)
"""
#: As `_journal.forget._OLD_NAMES` and `_KEEP_RECENT`.
OLD_NAMES = f"""
INSERT INTO wanted SELECT key FROM woowup_record WHERE {_PEOPLE} AND run = ANY (%(old)s)
UNION SELECT identifier FROM woowup_customer WHERE account = %(account)s
ON CONFLICT DO NOTHING
"""
KEEP_RECENT = f"""
WITH recent AS MATERIALIZED (SELECT key FROM woowup_record WHERE {_PEOPLE} AND run <> ALL (%(old)s))
DELETE FROM wanted WHERE identifier IN (SELECT key FROM recent) OR identifier IN (
    SELECT identifier FROM woowup_customer WHERE account = %(account)s AND person IN (
        SELECT person FROM woowup_customer JOIN recent ON key = identifier WHERE account = %(account)s
    )
)
"""
#: Names for all identifiers of a purchase together. U+FDD0 stands between them.
TOGETHER = """
SELECT identifier FROM woowup_customer WHERE account = %(account)s AND strpos(identifier, '\ufdd0') > 0
"""
TAKE_APART = "DELETE FROM wanted WHERE strpos(identifier, '\ufdd0') > 0"
WANT = "INSERT INTO wanted SELECT unnest(%(identifiers)s::text[]) ON CONFLICT DO NOTHING"
NAMES_OF = "SELECT identifier, name FROM wanted WHERE identifier = ANY (%(identifiers)s)"
#: As `LEAVE_NAMES`, for identifiers that had no row of their own.
LEAVE = """
INSERT INTO woowup_customer (account, is_known, identifier, folded)
SELECT %(account)s::int, false, u.name, nullif(u.folded, u.name)
FROM unnest(%(names)s::text[], %(folded)s::text[]) AS u (name, folded) ON CONFLICT (account, identifier) DO NOTHING
"""
OLD_PROBLEMS = "DELETE FROM woowup_problem WHERE account = %(account)s AND coalesce(ended, began) < %(before)s"
NAMELESS = "SELECT identifier FROM wanted WHERE name IS NULL ORDER BY identifier LIMIT %(most)s"
NAME = """
UPDATE wanted AS w SET name = u.name, folded = u.folded
FROM unnest(%(identifiers)s::text[], %(names)s::text[], %(folded)s::text[]) AS u (identifier, name, folded)
WHERE w.identifier = u.identifier
"""
#: A name needs a row by which `recognising` finds that it was forgotten.
LEAVE_NAMES = f"""
INSERT INTO woowup_customer (account, is_known, identifier, folded)
SELECT DISTINCT ON (w.name) %(account)s::int, false, w.name, nullif(w.folded, w.name) FROM wanted AS w
WHERE w.identifier IN (SELECT key FROM woowup_record WHERE {_PEOPLE})
ON CONFLICT (account, identifier) DO NOTHING
"""
VERSIONS = """
SELECT p.person, p.version FROM woowup_person AS p WHERE p.account = %(account)s AND p.person IN (
    SELECT person FROM woowup_customer JOIN wanted USING (identifier) WHERE account = %(account)s
)
"""
HIDE_VERSIONS = """
UPDATE woowup_person AS p SET version = u.version FROM unnest(%(people)s::bigint[], %(versions)s::bytea[])
    AS u (person, version)
WHERE p.account = %(account)s AND p.person = u.person
"""
#: Two spellings of an address have one name, and one of their records stays.
TAKE_RECORDS = f"""
DELETE FROM woowup_record AS r USING wanted AS w
WHERE {_PEOPLE} AND r.key = w.identifier
RETURNING r.entity, w.name, r.state, r.run, r.settled, r.digest, r.accepted, r.outcome
"""
PUT_RECORDS = """
INSERT INTO woowup_record (account, entity, key, state, run, settled, digest, accepted, outcome, position)
SELECT DISTINCT ON (u.entity, u.key) %(account)s::int, u.*, '' FROM unnest(
    %(entities)s::smallint[], %(keys)s::text[], %(states)s::smallint[], %(runs)s::bigint[], %(settled)s::integer[],
    %(digests)s::bytea[], %(accepted)s::bytea[], %(outcomes)s::text[]
) AS u (entity, key, state, run, settled, digest, accepted, outcome) ORDER BY u.entity, u.key, u.run DESC
ON CONFLICT (account, entity, key) DO UPDATE SET
    state = excluded.state, run = excluded.run, settled = excluded.settled + 1, digest = excluded.digest,
    accepted = excluded.accepted, outcome = excluded.outcome
"""
HIDE_CUSTOMERS = """
WITH gone AS (
    DELETE FROM woowup_customer AS c USING wanted AS w
    WHERE c.account = %(account)s AND c.identifier = w.identifier
    RETURNING c.is_known, c.person, w.name, nullif(w.folded, w.name) AS folded
), put AS (
    INSERT INTO woowup_customer AS c (account, is_known, person, identifier, folded)
    SELECT %(account)s::int, bool_or(is_known), min(person), name, min(folded) FROM gone GROUP BY name ORDER BY name
    ON CONFLICT (account, identifier) DO UPDATE SET
        is_known = c.is_known OR excluded.is_known, person = coalesce(excluded.person, c.person)
)
SELECT count(*) FROM gone
"""
#: Other records of old runs, a block of them at a time.
OLD_RECORDS = f"""
SELECT entity, key, digest, accepted, outcome FROM woowup_record
WHERE account = %(account)s AND run = ANY (%(old)s) AND (entity, key) > (%(entity)s, %(key)s) AND NOT ({_PEOPLE})
ORDER BY entity, key LIMIT %(most)s
"""
HIDE_OTHERS = """
UPDATE woowup_record AS r SET digest = u.digest, accepted = u.accepted, outcome = u.outcome
FROM unnest(
    %(entities)s::smallint[], %(keys)s::text[], %(digests)s::bytea[], %(accepted)s::bytea[], %(outcomes)s::text[]
) AS u (entity, key, digest, accepted, outcome)
WHERE r.account = %(account)s AND r.entity = u.entity AND r.key = u.key
    AND (r.digest, r.accepted, r.outcome) IS DISTINCT FROM (u.digest, u.accepted, u.outcome)
"""
#: Texts that may quote an identifier: the rows, by `ctid`, and how to change one.
TEXTS = tuple(
    (
        f"SELECT ctid::text, {column} FROM {table} WHERE {where} AND {column} ILIKE ANY (%(patterns)s)",
        f"UPDATE {table} SET {column} = %(text)s WHERE ctid = %(row)s::tid",
    )
    for table, column, where in (
        ("woowup_record", "outcome", "account = %(account)s"),
        ("woowup_record", "position", "account = %(account)s"),
        ("woowup_problem", "what", "account = %(account)s"),
        ("woowup_note", "value", "account = %(account)s"),
        ("woowup_source", "path", "run IN (SELECT id FROM woowup_run WHERE account = %(account)s)"),
    )
)
