"""Makes the documentation site: `python -m docs.site`. The pages are in `build/pages`, the site in `build/site`."""

import sys

from docs.site.building import built, faults
from docs.site.examples import lacking
from docs.site.staging import ROOT, Staging

files = Staging(ROOT / "build" / "pages").stage()
site = ROOT / "build" / "site"
wrong = built(ROOT) or [*faults(site), *lacking(site)]
for line in wrong:
    print(line)
pages = len(list(site.rglob("*.html")))
print(f"{pages} pages from {files} files in {site.relative_to(ROOT)}/, {len(wrong)} faults")
sys.exit(1 if wrong else 0)
