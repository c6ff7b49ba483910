"""Countries as ISO 3166-1 alpha-3, from codes and from names in Spanish, Portuguese and English.

Room: sources. The names are those of pycountry (extra `countries`).
"""

from __future__ import annotations

import gettext
import re
from functools import cache

from woowup_async.errors import SourceError
from woowup_async.sources.texts import without_accents

#: Usual names that ISO does not have.
_OTHER = {
    "eeuu": "USA", "eua": "USA", "estadosunidos": "USA", "unitedstatesofamerica": "USA", "inglaterra": "GBR",
    "england": "GBR", "escocia": "GBR", "granbretana": "GBR", "uk": "GBR", "holanda": "NLD", "holland": "NLD",
    "rusia": "RUS", "russia": "RUS", "turquia": "TUR", "turkey": "TUR", "palestina": "PSE", "siria": "SYR",
    "corea": "KOR", "coreadelsur": "KOR", "coreiadosul": "KOR", "southkorea": "KOR", "republicacheca": "CZE",
    "costademarfil": "CIV", "ivorycoast": "CIV", "repdominicana": "DOM",
}  # fmt: skip
#: WooCommerce writes United States (US).
_CODE = re.compile(r"\s*\([A-Za-z]{2,3}\)\s*$")


def iso3(text: str) -> str:
    """Return the code of a country with three letters.

    Raises:
        ValueError: the text is no code and no name of a country.

    """
    known = names()
    code = known.get(_folded(text)) or known.get(_folded(_CODE.sub("", text)))
    if code is None:
        raise ValueError(text)
    return code


@cache
def names() -> dict[str, str]:
    """Return the codes of countries by all their codes and names.

    Raises:
        SourceError: the extra is not installed.

    """
    try:
        import pycountry
    except ModuleNotFoundError as error:
        raise SourceError("as = \"country\" needs an extra: pip install 'woowup_async[countries]'") from error
    languages = [gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [each]) for each in ("es", "pt", "pt_BR")]
    found: dict[str, str] = {}
    for country in pycountry.countries:
        given = (getattr(country, name, None) for name in ("name", "common_name", "official_name"))
        english = {str(name) for name in given if name}
        texts = english | {language.gettext(name) for language in languages for name in english}
        for text in (country.alpha_2, country.alpha_3, *sorted(texts)):
            found.setdefault(_folded(text), country.alpha_3)
    return _OTHER | found


def _folded(text: str) -> str:
    return re.sub(r"[^a-z]+", "", without_accents(text))
