"""Makes the pages for the site: `python -m docs.site build/pages`."""

import sys
from pathlib import Path

from docs.site.staging import Staging

print(Staging(Path(sys.argv[1]).resolve()).stage(), "files")  # noqa: T201
