"""Data-quality rules, opt-in: each a pure function that returns the value, whether it changed, and why.

They are those of the vendor's own clients without their bugs (decision 53). Nothing here runs unless it is named:
cleaning an e-mail address or a telephone number changes who a customer is.
"""

from woowup_async.cleaning._attributes import custom_attributes, tags
from woowup_async.cleaning._birthdate import birthdate
from woowup_async.cleaning._cleaned import Cleaned
from woowup_async.cleaning._cleaner import RULES, Cleaner
from woowup_async.cleaning._email import email
from woowup_async.cleaning._telephone import telephone
from woowup_async.cleaning._text import gender, name, place, postcode, street

__all__ = [
    "RULES",
    "Cleaned",
    "Cleaner",
    "birthdate",
    "custom_attributes",
    "email",
    "gender",
    "name",
    "place",
    "postcode",
    "street",
    "tags",
    "telephone",
]
