"""Optional rules that clean data. Each is a pure function that returns the value, whether it changed, and why.

They are the rules of the vendor's own clients without their bugs (decision 53). A rule runs only if it is named, since
cleaning an e-mail address or a telephone number can change which customer a record belongs to.
"""

from woowup_async.cleaning._attributes import custom_attributes, tags
from woowup_async.cleaning._birthdate import birthdate
from woowup_async.cleaning._cleaned import Cleaned
from woowup_async.cleaning._cleaner import RULES, Cleaner, CleanRecord
from woowup_async.cleaning._document import document
from woowup_async.cleaning._email import email
from woowup_async.cleaning._telephone import telephone
from woowup_async.cleaning._text import gender, name, place, postcode, street

__all__ = [
    "RULES",
    "CleanRecord",
    "Cleaned",
    "Cleaner",
    "birthdate",
    "custom_attributes",
    "document",
    "email",
    "gender",
    "name",
    "place",
    "postcode",
    "street",
    "tags",
    "telephone",
]
