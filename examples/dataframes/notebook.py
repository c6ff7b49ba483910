"""A notebook as a script: sales in polars, customers in pandas, and the outcomes as a table.

Editors that know `# %%` show it as cells. As a program: WOOWUP_API_KEY=… python notebook.py
"""

# %% The sales of a shop, one row for each item
import asyncio
from io import StringIO

import pandas as pd
import polars as pl

from woowup_async import WoowUp
from woowup_async.sources import DataFrame

SALES = """number,mail,day,sku,quantity,price
F-1,ana@example.com,2026-03-01 10:00:00,TAZA-1,2,9.50
F-1,ana@example.com,2026-03-01 10:00:00,GORRO-2,1,9.50
F-2,lia@example.com,2026-03-02 11:00:00,REM-3,1,30.50
F-3,beto@example.com,2026-03-03 12:00:00,REM-3,-,30.50
"""
sales = pl.read_csv(StringIO(SALES), infer_schema=False)

# %% Types, and the rows that are not sales
numbers = sales.with_columns(
    pl.col("quantity").cast(pl.Int64, strict=False),
    pl.col("price").cast(pl.Decimal(12, 2)),
    pl.col("day").str.to_datetime(time_zone="America/Argentina/Buenos_Aires"),
)
wrong = numbers.filter(pl.col("quantity").is_null())
print("left out:", wrong["number"].to_list())

# %% Orders: one row each, with the names of the API
line = pl.struct("sku", "quantity", unit_price="price")
total = (pl.col("quantity") * pl.col("price")).sum().cast(pl.Decimal(12, 2))
orders = (
    numbers.join(wrong, on="number", how="anti")
    .group_by("number", maintain_order=True)
    .agg(pl.col("mail", "day").first(), line.alias("purchase_detail"), total.alias("prices.total"))
    .rename({"number": "invoice_number", "mail": "email", "day": "createtime"})
)
print(orders.select("invoice_number", "prices.total"))

# %% Customers, from another library
customers = pd.DataFrame({"email": sales["mail"].unique(maintain_order=True).to_list(), "points": [120, None, None]})
customers["points"] = customers["points"].astype("Int64")


# %% Send, and look at the outcomes. In a notebook: `outcomes = await send()`
async def send() -> pl.DataFrame:
    """Return the outcomes as a table."""
    async with (
        WoowUp() as woowup,
        woowup.outcomes(users=DataFrame(customers), purchases=DataFrame(orders)) as outcomes,
    ):
        return pl.DataFrame(pl.from_arrow(await outcomes.to_arrow()))


outcomes = asyncio.run(send())
print(outcomes.group_by("entity", "outcome", "effect").len().sort("entity", "effect"))
