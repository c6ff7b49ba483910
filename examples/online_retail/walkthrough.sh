#!/bin/sh
# Plan, backfill, kill, continue, verify, correct a dead letter, and send tomorrow's export to a simulated account.
# Usage: walkthrough.sh 'DAYS*.csv' (files with days of orders). Run it in a folder that it may write to.
set -eu
days=$1
here=$(cd "$(dirname "$0")" && pwd)
export WOOWUP_API_KEY=simulator-key

PYTHONUNBUFFERED=1 woowup simulate --speed 10 --port "${PORT:-8765}" > simulator.txt &
simulator=$!
trap 'kill $simulator' EXIT
until grep -q backfill simulator.txt; do sleep 0.1; done

orders="--mapping $here/mapping.toml --users $days --purchases $days"
account="--base-url http://127.0.0.1:${PORT:-8765}/apiv3 --segment 3"
exit_of() { "$@" && echo "exit 0" || echo "exit $?"; }

echo "== plan: what would it cost?"
exit_of woowup plan $orders
echo "== backfill, killed in the middle"
# with a part of the limit it takes long enough to be killed, also on a busy machine
woowup backfill $account --share 0.2 $orders --journal shop.journal --dead-letters bad.jsonl > /dev/null 2>&1 &
backfill=$!
until woowup status shop.journal 2> /dev/null | grep -q accepted; do sleep 0.1; done
kill -9 $backfill
wait $backfill 2> /dev/null || true
woowup status shop.journal
echo "== the same command again: it continues"
exit_of woowup backfill $account $orders --journal shop.journal --dead-letters bad.jsonl --report run.html 2>&1
echo "== verify a random sample"
exit_of woowup verify $account shop.journal --sample 20 --delay 0
echo "== what was refused, and why"
woowup dead-letters bad.jsonl
echo "== one is corrected and sent again"
printf '%s\n' '{"entity":"purchase","raw":{"service_uid":"17850","invoice_number":"CORRECTED","prices":{"total":1},"purchase_detail":[{"sku":"AB","quantity":1,"unit_price":1}],"createtime":"2010-12-01 10:00:00"}}' > corrected.jsonl
exit_of woowup backfill $account --from-dead-letters corrected.jsonl --journal shop.journal 2>&1
echo "== tomorrow's full export"
exit_of woowup backfill $account $orders --journal shop.journal --dead-letters bad.jsonl 2>&1
