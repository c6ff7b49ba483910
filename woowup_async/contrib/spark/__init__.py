"""Spark: `register(spark)`, then `df.write.format("woowup")` and `spark.read.format("woowup")`.

It needs the extra `spark`. docs/spark.md explains the options.
"""

from __future__ import annotations

from typing import Any

from woowup_async.contrib.spark.options import plan_of
from woowup_async.contrib.spark.sending import PartFailed, send

__all__ = ["PartFailed", "plan_of", "register", "send"]


def register(spark: Any) -> None:
    """Register the data source `woowup` in a session of Spark, and warn if speculation is on.

    Args:
        spark: a `SparkSession`.

    Raises:
        ImportError: pyspark is not installed, or is older than 4.0.

    """
    from woowup_async.contrib.spark._source import WoowUpDataSource, warn_of_speculation

    warn_of_speculation(spark)
    spark.dataSource.register(WoowUpDataSource)
