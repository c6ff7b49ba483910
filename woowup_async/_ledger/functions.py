"""The functions of the ledger's first migration: each is one step that is done completely or not at all.

Room: _ledger. They are functions, since a step needs several statements, and each must see what other processes have
committed before it. `test_ledger.py` calls them through the ledger.
"""

from __future__ import annotations

from woowup_async._ledger.leaving import LATE, LEFT, MERGED

_DEAD = "(w.ended IS NOT NULL OR w.until < clock_timestamp())"
_LIVES = "w.ended IS NULL AND w.until >= clock_timestamp()"
#: Codes of errors: the lease of the process has ended, and a step that was done before. Each undoes its transaction.
HAS_ENDED, WAS_DONE = "WU001", "WU002"
#: Steps of a process that are remembered (guessed: an account's process does fewer while one is tried again).
_STEPS = 32

_CLAIM = f"""
CREATE FUNCTION woowup_claims(
    mine bigint, acc integer, this integer, ent smallint, keys text[], digests bytea[], positions text[],
    named text[], seen integer[]
) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE others text[];
BEGIN
    -- one after the other in each account, so that two processes that claim the same records see each other
    PERFORM pg_advisory_xact_lock(741159830, acc);
    IF NOT EXISTS (SELECT FROM woowup_writer AS w WHERE w.id = mine AND {_LIVES}) THEN
        RAISE SQLSTATE '{HAS_ENDED}';
    END IF;
    -- one snapshot: another process drops its claim in the same moment in which it settles the record
    SELECT array_agg(u.key) INTO others FROM unnest(keys, seen) AS u (key, seen)
    LEFT JOIN LATERAL (
        SELECT settled FROM woowup_record AS r WHERE r.account = acc AND r.entity = ent AND r.key = u.key LIMIT 1
    ) AS r ON u.seen >= 0
    WHERE r.settled <> u.seen OR u.key IN (
        SELECT unnest(c.keys) FROM woowup_claim AS c WHERE c.account = acc AND c.entity = ent AND c.writer <> mine
    );
    IF others IS NULL THEN
        INSERT INTO woowup_claim AS c VALUES (acc, mine, this, ent, keys, digests, positions, named)
        -- if the connection was lost before the answer, this is the second time
        ON CONFLICT (account, writer, number) DO UPDATE
        SET keys = excluded.keys, digests = excluded.digests, positions = excluded.positions, named = excluded.named;
        RETURN;
    END IF;
    DELETE FROM woowup_claim AS c WHERE c.account = acc AND c.writer = mine AND c.number = this;
    INSERT INTO woowup_claim
    SELECT acc, mine, this, ent, array_agg(u.key), array_agg(u.sent), array_agg(u.position),
        CASE WHEN named IS NOT NULL THEN array_agg(u.name) END
    FROM unnest(keys, digests, positions, named) AS u (key, sent, position, name) WHERE u.key <> ALL (others)
    HAVING count(*) > 0;
    RETURN QUERY SELECT unnest(others);
END $$;
-- Removes records from claims of a process.
CREATE FUNCTION woowup_part(mine bigint, acc integer, numbers integer[], done text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE woowup_claim AS c SET (keys, digests, positions, named) = (
        SELECT coalesce(array_agg(k.key), '{{}}'), array_agg(k.sent), array_agg(k.position),
            CASE WHEN c.named IS NOT NULL THEN array_agg(k.named) END
        FROM unnest(c.keys, c.digests, c.positions, c.named) AS k (key, sent, position, named)
        WHERE k.key <> ALL (done)
    ) WHERE c.account = acc AND c.writer = mine AND c.number = ANY (numbers);
    DELETE FROM woowup_claim AS c
    WHERE c.account = acc AND c.writer = mine AND c.number = ANY (numbers) AND c.keys = '{{}}';
END $$;
-- Renews the lease of a process. The last steps that have a number are remembered: longer than one is tried again.
CREATE FUNCTION woowup_renew(mine bigint, lease double precision, remembered bytea, shown text, step integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE woowup_writer AS w SET seen = clock_timestamp(), until = clock_timestamp() + make_interval(secs => lease),
        memory = CASE WHEN remembered = '' THEN memory ELSE remembered END, live = coalesce(shown, live),
        steps = CASE WHEN step IS NULL THEN steps ELSE (step || steps)[1:{_STEPS}] END
    WHERE id = mine AND {_LIVES} AND (step = ANY (steps)) IS NOT TRUE;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM woowup_writer AS w WHERE w.id = mine AND step = ANY (w.steps)) THEN
            RAISE SQLSTATE '{WAS_DONE}';
        END IF;
        RAISE SQLSTATE '{HAS_ENDED}';
    END IF;
END $$;
"""

_PUT = """INSERT INTO woowup_record AS r
        (account, entity, state, day, run, settled, key, digest, accepted, doubt, outcome, position, at)
    SELECT acc, ent, o.state, u.day, this_run, 1, u.key, u.digest, CASE WHEN o.state = 1 THEN u.digest END,
        CASE WHEN o.state = 4 THEN u.digest END, o.text, u.position, moment
    FROM unnest(keys, digests, numbers, positions, days) AS u (key, digest, number, position, day)
    CROSS JOIN LATERAL (SELECT states[u.number] AS state, texts[u.number] AS text) AS o
    -- without a claim, nothing is said about a record that another process has under way
    WHERE is_mine OR u.key NOT IN (
        SELECT unnest(c.keys) FROM woowup_claim AS c WHERE c.account = acc AND c.entity = ent AND c.writer <> mine
    )
    ORDER BY u.key
"""

_SETTLE = f"""
CREATE FUNCTION woowup_settle(
    mine bigint, acc integer, ent smallint, this_run bigint, is_mine boolean, keys text[], digests bytea[],
    states smallint[], texts text[], numbers smallint[], positions text[], days integer[], remembered bytea,
    lease double precision, whole integer[], parts integer[], done text[], is_new boolean,
    step integer
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE moment integer := floor(extract(epoch FROM clock_timestamp()));
BEGIN
    -- first, since this locks the row: a sweep waits for the end of this, and then sees that the process lives
    PERFORM woowup_renew(mine, lease, remembered, NULL, step);
    -- to look for rows that are not there first costs a third of all of this
    IF is_new THEN
        BEGIN
            {_PUT};
        EXCEPTION WHEN unique_violation THEN
            is_new := false;
        END;
    END IF;
    IF NOT is_new THEN
    {_PUT}
    ON CONFLICT (account, entity, key) DO UPDATE SET
        digest = excluded.digest, accepted = coalesce(excluded.accepted, r.accepted), outcome = excluded.outcome,
        position = excluded.position, run = excluded.run, day = coalesce(excluded.day, r.day),
        settled = r.settled + 1, at = excluded.at,
        state = CASE WHEN excluded.state = 3 AND r.doubt IS NOT NULL THEN 4 ELSE excluded.state END,
        doubt = CASE
            WHEN excluded.accepted IS NOT NULL OR excluded.state = 2 AND r.doubt = excluded.digest THEN NULL
            WHEN excluded.doubt IS NULL THEN r.doubt
            ELSE {MERGED.format("r.doubt", "excluded.doubt")} END
    -- released or doubtful here, while another process has sent just this
    WHERE is_mine OR excluded.state NOT IN (3, 4) OR (r.state = 1 AND r.accepted = excluded.digest) IS NOT TRUE;
    END IF;
    IF whole IS NOT NULL THEN
        DELETE FROM woowup_claim AS c WHERE c.account = acc AND c.writer = mine AND c.number = ANY (whole);
    END IF;
    IF parts IS NOT NULL THEN
        PERFORM woowup_part(mine, acc, parts, done);
    END IF;
    INSERT INTO woowup_hour AS h (account, writer, hour, entity, state, records)
    SELECT acc, mine, moment / 3600, ent, states[n], count(*)
    FROM unnest(numbers) AS n GROUP BY states[n] ORDER BY states[n]
    ON CONFLICT (account, writer, hour, entity, state) DO UPDATE SET records = h.records + excluded.records;
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

#: Begins a run or joins the unfinished one: its number, the new writer, and whether other processes left it. `here` is
#: a process's own, so that a second attempt after a lost answer finds the writer of the first.
_BEGIN = f"""
CREATE FUNCTION woowup_begin(acc integer, here text, lease double precision)
RETURNS TABLE (run bigint, writer bigint, is_resumed boolean) LANGUAGE plpgsql AS $$
DECLARE found bigint; is_finished boolean; made bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(741159828, acc);
    SELECT id, finished IS NOT NULL INTO found, is_finished FROM woowup_run
    WHERE account = acc ORDER BY id DESC LIMIT 1;
    IF coalesce(is_finished, true) THEN
        INSERT INTO woowup_run (account, began) VALUES (acc, clock_timestamp()) RETURNING id INTO found;
    END IF;
    SELECT id INTO made FROM woowup_writer AS w WHERE w.account = acc AND w.run = found AND w.place = here;
    IF made IS NULL THEN
        INSERT INTO woowup_writer (account, run, place, began, until, seen) VALUES (
            acc, found, here, clock_timestamp(), clock_timestamp() + make_interval(secs => lease), clock_timestamp()
        ) RETURNING id INTO made;
    END IF;
    RETURN QUERY SELECT found, made, count(*) > 0 AND bool_and({_DEAD}) FROM woowup_writer AS w
    WHERE w.account = acc AND w.run = found AND w.id <> made;
END $$;
CREATE FUNCTION woowup_finish(acc integer, mine bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE its bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(741159828, acc);
    UPDATE woowup_writer SET has_finished = true WHERE id = mine AND ended IS NULL RETURNING run INTO its;
    IF NOT FOUND THEN
        RAISE SQLSTATE '{HAS_ENDED}';
    END IF;
    UPDATE woowup_run SET finished = clock_timestamp() WHERE id = its AND NOT EXISTS (
        SELECT FROM woowup_writer AS w WHERE w.account = acc AND w.run = its AND NOT w.has_finished AND NOT {_DEAD}
    );
END $$;
"""

FUNCTIONS = _CLAIM + _SETTLE + LEFT + LATE + _CUSTOMERS + _BEGIN
