"""Hosts and paths about which the vendor's pages leave a doubt, in one place: were one of them wrong, change it here.

Room: _wire. Pure. All other paths are beside their operations, in `_resources`.
"""

from __future__ import annotations

#: Documented (getting started). The help centre has another one for branches, /v3, which the pages do not know.
BASE_URL = "https://api.woowup.com/apiv3"
#: Documented (connectors page). No page says that it is the same account limit (Q18).
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
#: Beside the pages; both of the vendor's clients write the slash at the end (N36).
USERS = "/users/"
#: Beside the pages; one page deletes with a body, the vendor's client with a query (N30).
BLACKLIST = "/account/blacklist"
