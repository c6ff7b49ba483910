"""The functions of the ledger's first migration about what a process left under way when its lease ended.

Room: _ledger. Pure.
"""

from __future__ import annotations

#: The identifiers of a customer are stored as one text, separated by this noncharacter: as they are spelled, then in
#: lower case, empty if they are no address.
SEPARATOR = "\ufdd1"
#: Two digests that may have been processed make `''`: it is not known which the server has.
MERGED = "CASE WHEN {0} IS NULL OR {0} = {1} THEN {1} ELSE ''::bytea END"
_ITEM = "ROW(c.account, c.entity, k.key, k.sent, k.position, string_to_array(k.named, '\ufdd1', ''))::woowup_left"

#: Adds claims that were given up to the doubt of their records, and opens the versions of users among them.
LEFT = f"""
CREATE TYPE woowup_left AS (
    account integer, entity smallint, key text, sent bytea, position text, customers text[]
);
CREATE FUNCTION woowup_leave(gone woowup_left[], this_run bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE one woowup_left; count integer;
BEGIN
    IF gone IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO woowup_record AS r (account, entity, state, run, settled, key, digest, doubt, position)
    SELECT g.account, g.entity, 0, this_run, 1, g.key, (array_agg(g.sent))[1],
        CASE WHEN count(DISTINCT g.sent) > 1 THEN '' ELSE (array_agg(g.sent))[1] END, (array_agg(g.position))[1]
    FROM unnest(gone) AS g GROUP BY g.account, g.entity, g.key ORDER BY g.account, g.entity, g.key
    ON CONFLICT (account, entity, key) DO UPDATE SET
        digest = excluded.digest, state = 0, outcome = NULL, position = excluded.position, run = excluded.run,
        settled = r.settled + 1, doubt = {MERGED.format("r.doubt", "excluded.doubt")};
    FOREACH one IN ARRAY gone LOOP
        count := cardinality(one.customers) / 2;
        IF count > 0 THEN
            PERFORM woowup_customers(
                one.account, 'open', one.customers[:count], one.customers[count + 1:], ''::bytea
            );
        END IF;
    END LOOP;
END $$;
CREATE FUNCTION woowup_sweep(acc integer, this_run bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE gone woowup_left[];
BEGIN
    -- this waits for a step of a process under way, which renews its lease
    UPDATE woowup_writer AS w SET ended = clock_timestamp() WHERE w.ended IS NULL AND w.until < clock_timestamp()
        AND w.id IN (SELECT c.writer FROM woowup_claim AS c WHERE c.account = acc);
    WITH dead AS (
        DELETE FROM woowup_claim AS c USING woowup_writer AS w
        WHERE c.account = acc AND w.id = c.writer AND w.ended IS NOT NULL RETURNING c.*
    )
    SELECT array_agg({_ITEM}) INTO gone FROM dead AS c
    CROSS JOIN LATERAL unnest(c.keys, c.digests, c.positions, c.named) AS k (key, sent, position, named);
    PERFORM woowup_leave(gone, this_run);
END $$;
CREATE FUNCTION woowup_overtake(mine bigint, acc integer, ent smallint, this_run bigint, overtaken text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE gone woowup_left[]; numbers integer[];
BEGIN
    SELECT array_agg({_ITEM}), array_agg(c.number) INTO gone, numbers FROM woowup_claim AS c
    CROSS JOIN LATERAL unnest(c.keys, c.digests, c.positions, c.named) AS k (key, sent, position, named)
    WHERE c.account = acc AND c.writer = mine AND c.entity = ent AND k.key = ANY (overtaken);
    PERFORM woowup_part(mine, acc, numbers, overtaken);
    PERFORM woowup_leave(gone, this_run);
END $$;
"""

_IS_LAST = "r.state IN (0, 4) AND r.digest = u.digest"

#: Late answers of a process whose lease has ended. What it had claimed is in doubt, and may have been sent and settled
#: by another process. An answer about the one content in doubt is true, and ends the doubt. All else stays as it is.
#: If other content was released or refused since, that stays the state of the record.
LATE = f"""
CREATE FUNCTION woowup_late(
    mine bigint, acc integer, ent smallint, this_run bigint, given text[], digests bytea[], states smallint[],
    texts text[], numbers smallint[], positions text[], days integer[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE moment integer := floor(extract(epoch FROM clock_timestamp()));
BEGIN
    WITH u AS MATERIALIZED (
        SELECT u.*, states[u.number] AS state, texts[u.number] AS outcome
        FROM unnest(given, digests, numbers, positions, days) AS u (key, digest, number, position, day)
    ), answered AS (
        UPDATE woowup_record AS r SET
            settled = r.settled + 1, doubt = NULL, at = moment,
            accepted = CASE WHEN u.state = 1 THEN u.digest ELSE r.accepted END, day = coalesce(u.day, r.day),
            run = CASE WHEN {_IS_LAST} THEN this_run ELSE r.run END,
            outcome = CASE WHEN {_IS_LAST} THEN u.outcome ELSE r.outcome END,
            state = CASE WHEN {_IS_LAST} THEN u.state WHEN r.state = 4 THEN 3 ELSE r.state END
        FROM u WHERE r.account = acc AND r.entity = ent AND r.key = u.key AND r.doubt = u.digest AND u.state IN (1, 2)
        RETURNING u.state
    ), refused AS (
        INSERT INTO woowup_record (account, entity, state, run, settled, key, digest, outcome, position, at)
        SELECT acc, ent, u.state, this_run, 1, u.key, u.digest, u.outcome, u.position, moment FROM u WHERE u.state = 5
        ORDER BY u.key ON CONFLICT (account, entity, key) DO NOTHING RETURNING state
    )
    INSERT INTO woowup_hour AS h (account, writer, hour, entity, state, records)
    SELECT acc, mine, moment / 3600, ent, s.state, count(*)
    FROM (SELECT state FROM answered UNION ALL SELECT state FROM refused) AS s GROUP BY s.state ORDER BY s.state
    ON CONFLICT (account, writer, hour, entity, state) DO UPDATE SET records = h.records + excluded.records;
END $$;
"""
