"""The sample day of real orders that `woowup demo` sends. `ATTRIBUTION.md` names the author and the licence.

Room: _samples. Data only.
"""

from pathlib import Path

_HERE = Path(__file__).parent

ORDERS = _HERE / "2010-12-01.csv"
MAPPING = _HERE / "mapping.toml"
