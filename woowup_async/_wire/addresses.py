"""Hosts, and paths that the vendor's pages leave open, in one place. If one of them is wrong, change it here.

Room: _wire. Pure. All other paths are in `_resources`, with their operations.
"""

from __future__ import annotations

#: Documented (getting started). The help centre shows /v3 for branches, which the pages do not have.
BASE_URL = "https://api.woowup.com/apiv3"
#: Documented (connectors page). No page states its rate limit (Q18).
CONNECTORS_URL = "https://connectors.woowup.com/v1"

#: The pages show the four operations below it without /apiv3 (Q93); the vendor's client calls them with it (U33).
MEMBERS = "/multiusers/members"
#: The page's sample posts the list to /purchases, its heading says this (Q37).
PURCHASES_BULK = "/purchases/bulk"
#: One record is posted here, and all are read at `LOGS` (Q17).
LOG = "/log"
LOGS = "/logs"
#: The heading has a slash at the end, the sample has none (Q92).
TRANSACTIONS_BY_ID = "/users/{}/transactions"
#: Not on the pages. Both of the vendor's clients write the slash at the end (N36).
USERS = "/users/"
#: Not on the pages. One source deletes with a body, the vendor's client with a query (N30).
BLACKLIST = "/account/blacklist"
