"""Dask: each partition has whole accounts, and one process sends them."""

from __future__ import annotations

import json
import os

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa

# the writer for Spark, which needs no Spark: one event loop and one pool for the accounts of a partition
from woowup_async.contrib.spark import plan_of, send

OPTIONS = {"accounts": "env:KEY_{account}", "json": "record", "journal": "env:JOURNAL"}
if segment := os.environ.get("SEGMENT"):  # a simulator may have short ones
    OPTIONS["segment"] = segment


def sent(rows: pd.DataFrame) -> pd.DataFrame:
    """Send one partition, and return a row of counts for each account."""
    part = send(iter([pa.RecordBatch.from_pandas(rows, preserve_index=False)]), plan_of(OPTIONS))
    counts = [(each.account, each.accepted, each.rejected) for each in part.accounts]
    return pd.DataFrame(counts, columns=["account", "accepted", "rejected"])


def main() -> None:
    # `shuffle` puts the rows of an account into one partition: more processes would not make it faster
    rows = dd.read_parquet(os.environ["PURCHASES"]).shuffle("account", npartitions=2)
    meta = pd.DataFrame({"account": pd.Series(dtype="str"), "accepted": [0][:0], "rejected": [0][:0]})
    counts = rows.map_partitions(sent, meta=meta).compute(scheduler="processes", num_workers=2)
    print(json.dumps(counts.to_dict("records")))


if __name__ == "__main__":
    main()
