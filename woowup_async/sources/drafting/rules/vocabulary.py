"""Which names of columns mean which field, and which words exclude it.

Room: sources. Pure. The words are those of `words`. A number says how surely a name means the field; the names of
exports of shops, points of sale and APIs gave these numbers (guessed, and tested with the exports of many systems).
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Meaning(NamedTuple):
    """The names of a field.

    Attributes:
        phrases: words that a name has, with a score up to 10.
        never: words that exclude the field.
        content: what its cells must look like; see `scores`.
        level: what it is a field of.

    """

    phrases: dict[frozenset[str], int]
    never: frozenset[str]
    content: str
    level: Literal["order", "person", "line"] = "order"


def _meaning(content: str, phrases: str, never: str = "") -> Meaning:
    """Read `order number 10, invoice 7`."""
    found: dict[frozenset[str], int] = {}
    for phrase in phrases.split(","):
        *words, score = phrase.split()
        found[frozenset(words)] = int(score)
    return Meaning(found, frozenset(never.split()), content)


_NOT_A_PERSON = "seller branch item company brand channel source device ip"
_NOT_AN_AMOUNT = (
    "date type method status id number code name street phone company delivered zip country state city note usd weight "
    "currency estado time reason points profit"
)

_ORDER: dict[str, Meaning] = {
    "invoice_number": _meaning(
        "key",
        "order number 10, invoice number 10, order id 8, order code 8, order name 6, order reference 7, "
        "invoice id 7, invoice code 7, order 5, invoice 5, number 4, reference 4, name 4, id 3, code 2, "
        "order key 2, document number 3",
        "customer date item sku payment shipping amount status email phone tax parent category street zip type "
        "account marketplace seller usd total price card method internal sequence coupon branch refund origin "
        "app point form discount quantity note cancel delivered row time estado token lock cart "
        "currency",
    ),
    "branch_name": _meaning(
        "text",
        "branch name 10, branch 8, point order 6, branch code 5, branch number 5, point 4, branch id 3",
        "phone street email url customer shipping country city note",
    ),
    "channel": _meaning(
        "text",
        "channel 9, order channel 10, channel order 10, source name 7, source 6, order source 9, created via 6, "
        "storefront 6",
        "payment id utm traffic code delivered",
    ),
    "createtime": _meaning(
        "day",
        "order date 10, date created 10, date invoice 9, date created order 10, date time 8, date 7, created 7, "
        "date added 8, date add 8, order created 8, invoice 2",
        "shipping payment cancel birth updated due closed delivered refund read note last first "
        "marketing gmt item promotional estimate customer discount",
    ),
    "clock": _meaning(
        "clock",
        "time 8, order time 10, time invoice 9",
        "zone shipping payment date",
    ),
    "prices.total": _meaning(
        "amount",
        "grand total 10, order total 10, total 8, total amount 9, total price 9, order amount 9, "
        "invoice total 10, total payment 8, amount 6, price 3, payment amount 4, "
        "order total amount 11, revenue 6, grand amount 8, net order 7, net total 8, net amount 6, "
        "revenue item 6, total order 10, current total price 9, grand 4",
        f"{_NOT_AN_AMOUNT} subtotal unit tax shipping discount refund quantity customer commission cost list spent "
        "coupon balance installments installment excl base first card stock ",
    ),
    "prices.gross": _meaning(
        "amount",
        "subtotal 9, subtotal item 9, subtotal order 10, total item 6, subtotal amount 9",
        f"{_NOT_AN_AMOUNT} shipping tax discount unit quantity price",
    ),
    "prices.shipping": _meaning(
        "amount",
        "shipping cost 10, shipping amount 10, shipping total 10, shipping price 10, shipping 6, "
        "shipping cost customer 10, amount shipping 10",
        f"{_NOT_AN_AMOUNT} tax discount owner option min max days estimate refund list",
    ),
    "prices.tax": _meaning(
        "amount",
        "tax 7, total tax 10, tax amount 10, tax order 9",
        f"{_NOT_AN_AMOUNT} shipping discount document refund item subtotal unit cart incl excl rate 1 2 3 4 5",
    ),
    "prices.discount": _meaning(
        "amount",
        "discount 8, discount amount 10, total discount 10, discount total 10, order discount 9",
        f"{_NOT_AN_AMOUNT} coupon item shipping tax percent percentage",
    ),
    "payment.type": _meaning(
        "text",
        "payment method 10, payment type 8, payment 5, payment method title 11, payment method name 10, "
        "payment category 5, method 3",
        "date status amount total reference number id discount shipping terms installments brand note first last",
    ),
}

_PERSON: dict[str, Meaning] = {
    "service_uid": _meaning(
        "uid",
        "customer id 10, customer code 9, customer number 9, customer 3, id 3, code 3, number 2, customer reference 7",
        f"{_NOT_A_PERSON} "
        "order name email phone document invoice type note street tax category date payment total currency "
        "status parent shipping app token city state country marketing zip item coupon points rating "
        "new nuevo nueva novo nova first returning",
    ),
    "email": _meaning(
        "email",
        "email 10",
        "seller branch accepts marketing status note brand type channel follow",
    ),
    "document": _meaning(
        "document",
        "document 10, document number 10, customer document 10, tax id 7, tax number 7",
        "type order seller branch invoice date email status",
    ),
    "telephone": _meaning(
        "phone",
        "phone 10, phone number 10, customer phone 10, billing phone 10",
        "device type seller branch brand accepts marketing status ext extension code note",
    ),
    "first_name": _meaning(
        "text",
        "first name 10, first 8",
        f"{_NOT_A_PERSON} last date order digits payment",
    ),
    "last_name": _meaning(
        "text",
        "last name 10, last 9",
        f"{_NOT_A_PERSON} date order updated digits 4 payment",
    ),
    "full_name": _meaning(
        "text",
        "customer name 10, full name 10, name 7, customer 5, billing name 9, shipping name 6",
        f"{_NOT_A_PERSON} "
        "first last id code number email phone document state country tax order category type date payment "
        "coupon discount street city note nick status total method receiver",
    ),
    "street": _meaning(
        "text",
        "street 9, street 1 10, billing street 10, shipping street 7, street billing 10",
        "email ip number id type country city state zip note name code between",
    ),
    "city": _meaning(
        "text",
        "city 9, billing city 10, shipping city 7",
        "id code",
    ),
    "state": _meaning(
        "text",
        "state 9, estado 4, billing state 10, shipping state 7, state code 9",
        "id order payment status inscription current",
    ),
    "postcode": _meaning(
        "code",
        "zip 9, zip code 10, billing zip 10, shipping zip 7",
        "id",
    ),
    "country": _meaning(
        "country",
        "country 9, country code 10, billing country 10, shipping country 7, country id 8",
        "phone name tax currency",
    ),
    "birthdate": _meaning(
        "day",
        "birth 9, date birth 10",
        "place city country",
    ),
    "gender": _meaning(
        "text",
        "gender 10",
        "item category",
    ),
    "tags": _meaning(
        "text",
        "tags 9, customer tags 10",
        "order item",
    ),
    "mailing_enabled": _meaning(
        "switch",
        "accepts marketing email 10, accepts marketing 9, accepts email 9, accepts 6, accepts promotion 7",
        "phone sms terms date rating updated",
    ),
}

_LINES: dict[str, Meaning] = {
    "sku": _meaning(
        "sku",
        "sku 10, item sku 10, item code 9, item reference 8, reference id 8, item 5, item model 8, model 6, "
        "stock code 9, reference 5, item id 6, code 4, barcode 6, item barcode 6, id 3, item number 4",
        "category type card order customer payment brand tax image name quantity price document invoice branch "
        "list lock unique cart parent email phone zip coupon channel currency status state country",
    ),
    "product_name": _meaning(
        "title",
        "item name 10, item title 10, item 6, title 6, name 4, item title publication 8",
        "customer order branch first last brand seller payment shipping category code sku price quantity id "
        "status type number image url color size amount method email state country coupon billing discount tax "
        "channel date full tags accepts gender document meta",
    ),
    "quantity": _meaning(
        "quantity",
        "quantity 10, item quantity 10, quantity order 9",
        "shipping delivered stock cancel returned invoiced list installments price",
    ),
    "unit_price": _meaning(
        "amount",
        "unit price 10, item price 10, price 8, item cost 8, unit amount 9, item amount 8, cost 2, unit 5, "
        "grand price 8, order price 9, unit cost 7, amount 3, price unit amount 10",
        f"{_NOT_AN_AMOUNT} list shipping total discount subtotal commission quantity payment refund reward set",
    ),
    "line_total": _meaning(
        "amount",
        "item total 10, item subtotal 9, item amount 7, subtotal 6, total 5, amount 5, total price 5, total amount 5",
        f"{_NOT_AN_AMOUNT} order shipping tax discount list commission unit refund payment grand",
    ),
    "brand": _meaning(
        "text",
        "brand 9, brand name 10, item brand 10",
        "id card payment",
    ),
    "category": _meaning(
        "text",
        "category 8, item category 10, category name 9",
        "id customer ",
    ),
    "size": _meaning(
        "text",
        "size 9, item size 10",
        "file",
    ),
    "color": _meaning(
        "text",
        "color 9, item color 10",
    ),
}


ORDER: dict[str, Meaning] = _ORDER
PERSON: dict[str, Meaning] = {name: each._replace(level="person") for name, each in _PERSON.items()}
LINES: dict[str, Meaning] = {name: each._replace(level="line") for name, each in _LINES.items()}
