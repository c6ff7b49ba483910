"""E-mail addresses. Changing one can change which customer a record belongs to.

Room: cleaning. Pure.
"""

from __future__ import annotations

import re

from woowup_async.cleaning._cleaned import Cleaned, compared, composed, dropped, visible

#: No blanks, commas, brackets and quotes. Letters of any language are allowed, hosts are labels with points between.
_ADDRESS = re.compile(r"""[^@\s,;:<>()\[\]"\\]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+""")
_MASKED = re.compile(r"[a-f0-9]{20,}@ct\.vtex\.com\.br")
#: ana@x.com-1234b.ct.vtex.com.br, sometimes with a document number before it.
_MARKETPLACE = re.compile(r"(?:\d{7,8}-)?([^@\s]+@[^@\s]+?)-\d+[a-z]?\.ct\.vtex\.com\.br")
#: Misspellings of whole names: gail.com is one, but abigail.com and amigomail.com are not.
_GMAIL = {
    "gmail", "gamil", "gmial", "gmai", "gmal", "gnail", "gmaul", "gmaol", "gmaiol", "gmaik", "gmaio", "gmeil", "gmeel",
    "gmel", "gmaill", "gmil", "ggmail", "gmmail", "gmailm", "gemail", "gaiml", "gmailcom", "gmailcomcom", "gamail",
    "gimail", "gmasil", "g.mail", "gm.ail",
}  # fmt: skip
_COM = {"", ".com", ".con", ".comm", ".coom", ".cm", ".co", ".cmo", ".ocm", ".om", ".vom", ".xom", ".com.com", ".com."}
#: Placeholders that people and programs write if there is no address.
_NOBODY = {
    "sincorreo", "nocorreo", "notiene", "notienemail", "nocontacto", "unavailable", "noautoriz", "noemail", "nomail",
    "notmail", "ninguno", "nosustent", "noregistra", "nomaneja", "nopresenta", "nocuenta", "sinmail", "sinnombre",
    "noposee", "notengo", "noreply",
}  # fmt: skip
#: The vendor's clients send this for a customer without an address.
_NO_ADDRESS = "noemail@noemail.com"
#: These are also common words, so they count as placeholders only if they are the whole name, with or without a number.
_PERHAPS = {
    "correo", "example", "ejemplo", "facturacion", "factura", "prueba", "test", "user", "nombre", "apellido", "usuario",
    "email",
}  # fmt: skip
_ROW = re.compile(r"(.)\1{5}")
_GMAIL_USER = re.compile(r"[a-z0-9._-]+(?:\+[a-z0-9._+-]*)?", re.ASCII)


def email(value: str, *, strict: bool = False) -> Cleaned:
    """Trim, write in lower case, remove the suffix of a marketplace, and correct a misspelt gmail.com.

    Letters with accents become one character, and letters of full width usual ones.

    Drop a value that is not an address, has several addresses, or is masked. At Gmail, also drop an address that Gmail
    does not allow (with a blank or an accent: it is never mended into somebody else's), or that is a placeholder
    (notiene@gmail.com). At other hosts a placeholder is kept, as the vendor's client does: facturacion@ and user@ may
    be real. Only noemail@noemail.com is dropped at any strictness.

    Args:
        value: the text of the source.
        strict: drop placeholders at all hosts.

    """
    text = composed(visible(value, joined=False)).strip().lower().removeprefix("mailto:").strip()
    if len(re.findall("@", text)) > 1 and re.search(r"[,;/\s]", text):
        return dropped("has several addresses")
    if unmasked := _MARKETPLACE.fullmatch(text):
        text = unmasked[1]
    if _MASKED.fullmatch(text):
        return dropped("is masked by a marketplace")
    text = re.sub("@+", "@", text)
    user, _, domain = text.partition("@")
    is_gmail = _is_gmail(domain)
    if is_gmail:
        corrected = _gmail_user(user)
        if corrected is None:
            return dropped("is not an address that Gmail allows")
        user, domain = corrected, "gmail.com"
        text = f"{user}@{domain}"
    if not _ADDRESS.fullmatch(text):
        return dropped("is not an e-mail address")
    if text == _NO_ADDRESS or ((is_gmail or strict) and _is_placeholder(user)):
        return dropped("is a placeholder")
    return compared(value, text, "is written in the usual form")


def _is_gmail(domain: str) -> bool:
    return any(domain == f"{name}{end}" for name in _GMAIL if domain.startswith(name) for end in _COM)


def _gmail_user(user: str) -> str | None:
    """Return the part before the @ as Gmail writes it, or None if nobody can have it.

    Gmail ignores points, so those too many are taken out. Nothing else is: without its blank, `ana maria` would be
    somebody else's address.
    """
    if not _GMAIL_USER.fullmatch(user):
        return None
    name, _, tag = user.partition("+")
    name, tag = re.sub(r"\.{2,}", ".", name).strip("."), tag.strip("+.")
    if not 6 <= len(name.replace(".", "")) <= 30 or _ROW.search(name):
        return None
    return f"{name}+{tag}" if tag else name


def _is_placeholder(user: str) -> bool:
    stem = re.sub(r"\d{1,4}$", "", user)
    return stem in _NOBODY | _PERHAPS or any(part in _NOBODY for part in re.split(r"[._-]", stem))
