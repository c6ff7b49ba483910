"""The functions of the ledger's first migration: each is one step that is done completely or not at all.

Room: _ledger. They are functions, since a step needs several statements, and each must see what other processes have
committed before it. `test_ledger.py` calls them through the ledger.
"""

from __future__ import annotations

#: Two digests that may have been processed make `''`: it is not known which the server has.
_MERGED = "CASE WHEN {0} IS NULL OR {0} = {1} THEN {1} ELSE ''::bytea END"
_DEAD = "(w.ended IS NOT NULL OR w.until < clock_timestamp())"

_CLAIM = """
CREATE FUNCTION woowup_claims(
    mine bigint, acc integer, ent smallint, keys text[], digests bytea[], positions text[], named text[], seen integer[]
) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE got text[]; stale text[];
BEGIN
    -- in the order of keys: two processes that claim the same ones wait for each other, and not in a circle
    WITH taken AS (
        INSERT INTO woowup_claim AS c (account, entity, writer, key, sent, position, customers)
        SELECT acc, ent, mine, u.key, u.digest, u.position, string_to_array(u.named, '\ufdd1')
        FROM unnest(keys, digests, positions, named) AS u (key, digest, position, named) ORDER BY u.key
        ON CONFLICT (account, entity, key) DO UPDATE
        SET sent = excluded.sent, position = excluded.position, customers = excluded.customers
        WHERE c.writer = excluded.writer
        RETURNING c.key
    )
    SELECT array_agg(key) INTO got FROM taken;
    -- a new snapshot: another process may have settled one of them just before its claim was dropped
    SELECT array_agg(u.key) INTO stale FROM unnest(keys, seen) AS u (key, seen)
    CROSS JOIN LATERAL (
        SELECT settled FROM woowup_record AS r WHERE r.account = acc AND r.entity = ent AND r.key = u.key LIMIT 1
    ) AS r
    WHERE r.settled <> u.seen AND u.seen >= 0;
    IF stale IS NOT NULL THEN
        DELETE FROM woowup_claim AS c
        WHERE c.account = acc AND c.entity = ent AND c.key = ANY (stale) AND c.writer = mine;
    END IF;
    IF stale IS NOT NULL OR got IS NULL OR cardinality(got) < cardinality(keys) THEN
        RETURN QUERY SELECT u.key FROM unnest(keys) AS u (key)
        WHERE u.key = ANY (stale) OR NOT u.key = ANY (coalesce(got, '{}'));
    END IF;
END $$;
"""

_SETTLE = f"""
CREATE FUNCTION woowup_settle(
    mine bigint, acc integer, ent smallint, this_run bigint, is_mine boolean, keys text[], digests bytea[],
    states smallint[], texts text[], numbers smallint[], positions text[], days integer[], remembered bytea,
    lease double precision
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO woowup_record AS r
        (account, entity, state, day, run, settled, key, digest, accepted, doubt, outcome, position)
    SELECT acc, ent, u.state, u.day, this_run, 1, u.key, u.digest, CASE WHEN u.state = 1 THEN u.digest END,
        CASE WHEN u.state = 4 THEN u.digest END, texts[u.number], u.position
    FROM unnest(keys, digests, states, numbers, positions, days) AS u (key, digest, state, number, position, day)
    -- without a claim, nothing is said about a record that another process has under way
    WHERE is_mine OR NOT EXISTS (
        SELECT FROM woowup_claim AS c
        WHERE c.account = acc AND c.entity = ent AND c.key = u.key AND c.writer <> mine
    )
    ORDER BY u.key
    ON CONFLICT (account, entity, key) DO UPDATE SET
        digest = excluded.digest, accepted = coalesce(excluded.accepted, r.accepted), outcome = excluded.outcome,
        position = excluded.position, run = excluded.run, day = coalesce(excluded.day, r.day),
        settled = r.settled + 1,
        state = CASE WHEN excluded.state = 3 AND r.doubt IS NOT NULL THEN 4 ELSE excluded.state END,
        doubt = CASE
            WHEN excluded.accepted IS NOT NULL OR excluded.state = 2 AND r.doubt = excluded.digest THEN NULL
            WHEN excluded.doubt IS NULL THEN r.doubt
            ELSE {_MERGED.format("r.doubt", "excluded.doubt")} END;
    IF is_mine THEN
        DELETE FROM woowup_claim AS c  -- by the index, however few claims the server expects
        WHERE c.account = acc AND c.entity = ent AND c.key = ANY (keys) AND c.writer = mine
            AND c.sent = digests[array_position(keys, c.key)];
    END IF;
    INSERT INTO woowup_hour AS h (account, writer, hour, entity, state, records)
    SELECT acc, mine, (extract(epoch FROM clock_timestamp()) / 3600)::integer, ent, state, count(*)
    FROM unnest(states) AS state GROUP BY state ORDER BY state
    ON CONFLICT (account, writer, hour, entity, state) DO UPDATE SET records = h.records + excluded.records;
    UPDATE woowup_writer AS w SET seen = clock_timestamp(), until = clock_timestamp() + make_interval(secs => lease),
        memory = CASE WHEN remembered = '' THEN memory ELSE remembered END
    WHERE id = mine AND ended IS NULL;
END $$;
"""

#: Adds claims that were given up to the doubt of their records, and returns the customers of users among them.
_LEFT = f"""
CREATE FUNCTION woowup_leave(gone woowup_claim[], this_run bigint) RETURNS SETOF text[] LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO woowup_record AS r (account, entity, state, run, settled, key, digest, doubt, position)
    SELECT g.account, g.entity, 0, this_run, 1, g.key, g.sent, g.sent, g.position
    FROM unnest(gone) AS g ORDER BY g.account, g.entity, g.key
    ON CONFLICT (account, entity, key) DO UPDATE SET
        digest = excluded.digest, state = 0, outcome = NULL, position = excluded.position, run = excluded.run,
        settled = r.settled + 1, doubt = {_MERGED.format("r.doubt", "excluded.doubt")};
    RETURN QUERY SELECT g.customers FROM unnest(gone) AS g WHERE g.customers IS NOT NULL;
END $$;
CREATE FUNCTION woowup_sweep(acc integer, this_run bigint) RETURNS SETOF text[] LANGUAGE plpgsql AS $$
DECLARE gone woowup_claim[];
BEGIN
    WITH dead AS (
        DELETE FROM woowup_claim AS c USING woowup_writer AS w
        WHERE c.account = acc AND w.id = c.writer AND {_DEAD} RETURNING c AS it
    )
    SELECT array_agg(it) INTO gone FROM dead;
    IF gone IS NOT NULL THEN
        RETURN QUERY SELECT * FROM woowup_leave(gone, this_run);
    END IF;
END $$;
CREATE FUNCTION woowup_overtake(mine bigint, acc integer, ent smallint, this_run bigint, keys text[])
RETURNS SETOF text[] LANGUAGE plpgsql AS $$
DECLARE gone woowup_claim[];
BEGIN
    WITH before AS (
        DELETE FROM woowup_claim AS c
        WHERE c.account = acc AND c.entity = ent AND c.key = ANY (keys) AND c.writer = mine RETURNING c AS it
    )
    SELECT array_agg(it) INTO gone FROM before;
    IF gone IS NOT NULL THEN
        RETURN QUERY SELECT * FROM woowup_leave(gone, this_run);
    END IF;
END $$;
"""

#: What an outcome says about customers: accept, confirm, forget, open or link, as in `_journal.customers`.
_CUSTOMERS = """
CREATE FUNCTION woowup_join(acc integer, names text[], lowered text[], content bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE people bigint[]; first bigint;
BEGIN
    SELECT array_agg(DISTINCT c.person ORDER BY c.person) INTO people FROM woowup_customer AS c
    WHERE c.account = acc AND c.person IS NOT NULL
        AND (c.identifier = ANY (names) OR c.identifier = ANY (lowered) OR c.folded = ANY (lowered));
    IF people IS NULL THEN
        INSERT INTO woowup_person (account, version) VALUES (acc, coalesce(content, '')) RETURNING person INTO first;
    ELSE
        first := people[1];
        IF cardinality(people) > 1 THEN
            UPDATE woowup_customer SET person = first WHERE account = acc AND person = ANY (people[2:]);
            DELETE FROM woowup_person WHERE account = acc AND person = ANY (people[2:]);
        END IF;
        IF content IS NOT NULL OR cardinality(people) > 1 THEN  -- it is not known which of two has the last version
            UPDATE woowup_person SET version = coalesce(content, '') WHERE account = acc AND person = first;
        END IF;
    END IF;
    UPDATE woowup_customer AS c SET person = first WHERE c.account = acc AND c.person IS NULL
        AND (c.identifier = ANY (names) OR c.identifier = ANY (lowered) OR c.folded = ANY (lowered));
END $$;
CREATE FUNCTION woowup_customers(
    acc integer, what text, names text[], lowered text[], content bytea
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE people bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(741159829, acc);  -- two of them may merge the same people
    IF what = 'forget' THEN
        UPDATE woowup_customer SET is_known = false WHERE account = acc AND identifier = ANY (names);
        SELECT array_agg(DISTINCT c.person) INTO people FROM woowup_customer AS c
        WHERE c.account = acc AND c.person IS NOT NULL
            AND (c.identifier = ANY (names) OR c.identifier = ANY (lowered) OR c.folded = ANY (lowered));
        UPDATE woowup_customer SET is_known = false WHERE account = acc AND person = ANY (people);
        RETURN;
    END IF;
    INSERT INTO woowup_customer AS c (account, is_known, identifier, folded)
    SELECT acc, what IN ('accept', 'confirm'), u.name, nullif(u.fold, u.name)
    FROM unnest(names, lowered) AS u (name, fold) ORDER BY u.name
    ON CONFLICT (account, identifier) DO UPDATE SET is_known = c.is_known OR excluded.is_known;
    IF what <> 'confirm' THEN
        PERFORM woowup_join(acc, names, lowered, content);
        RETURN;
    END IF;
    FOR i IN 1 .. cardinality(names) LOOP
        IF EXISTS (
            SELECT FROM woowup_customer AS c WHERE c.account = acc AND c.person IS NOT NULL
                AND (c.identifier = names[i] OR c.identifier = lowered[i] OR c.folded = lowered[i])
        ) THEN
            PERFORM woowup_join(acc, names[i:i], lowered[i:i], NULL);
        END IF;
    END LOOP;
END $$;
"""

#: Begins a run or joins the unfinished one: its number, the new writer, and whether no other process is in it.
_BEGIN = f"""
CREATE FUNCTION woowup_begin(acc integer, here text, lease double precision)
RETURNS TABLE (run bigint, writer bigint, is_resumed boolean) LANGUAGE plpgsql AS $$
DECLARE found bigint; is_old boolean; is_alone boolean; made bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(741159828, acc);
    SELECT id, finished IS NULL INTO found, is_old FROM woowup_run WHERE account = acc ORDER BY id DESC LIMIT 1;
    is_old := coalesce(is_old, false);
    IF NOT is_old THEN
        INSERT INTO woowup_run (account, began) VALUES (acc, clock_timestamp()) RETURNING id INTO found;
    END IF;
    is_alone := NOT EXISTS (SELECT FROM woowup_writer AS w WHERE w.account = acc AND w.run = found AND NOT {_DEAD});
    INSERT INTO woowup_writer (account, run, place, began, until, seen)
    VALUES (acc, found, here, clock_timestamp(), clock_timestamp() + make_interval(secs => lease), clock_timestamp())
    RETURNING id INTO made;
    RETURN QUERY SELECT found, made, is_old AND is_alone;
END $$;
CREATE FUNCTION woowup_finish(acc integer, mine bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE its bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(741159828, acc);
    UPDATE woowup_writer SET has_finished = true WHERE id = mine RETURNING run INTO its;
    UPDATE woowup_run SET finished = clock_timestamp() WHERE id = its AND NOT EXISTS (
        SELECT FROM woowup_writer AS w WHERE w.account = acc AND w.run = its AND NOT w.has_finished AND NOT {_DEAD}
    );
END $$;
"""

FUNCTIONS = _CLAIM + _SETTLE + _LEFT + _CUSTOMERS + _BEGIN
