"""Products with their categories, and branches. Written from the vendor's other pages.

Room: testing. Pure.
"""

from __future__ import annotations

from typing import Any

from woowup_async.testing._account import SimulatedAccount, decoded
from woowup_async.testing._answers import Answer, BadQuery, bad_address, done, has_address, missing, refuse
from woowup_async.testing._query import Query, now_text, page_of
from woowup_async.testing._records import SimulatedRecords
from woowup_async.testing._returned import Fields
from woowup_async.testing._schemas import branch_change_errors, branch_errors, product_change_errors, product_errors

#: Fields of a product that a line of a purchase may have.
_OF_PRODUCTS = (
    "base_name", "brand", "description", "url", "image_url", "thumbnail_url", "stock", "available", "category",
    "specifications",
)  # fmt: skip
_FLAGS = {"1": True, "true": True, "0": False, "false": False}


class Shelves:
    """The state of products and branches, and the answer to each operation on them."""

    def __init__(self, account: SimulatedAccount, records: SimulatedRecords) -> None:
        self._account, self._records = account, records
        self._products: dict[str, Fields] = {}
        self.branches: dict[str, Fields] = {}

    # Products (N1-N5).

    @property
    def products(self) -> dict[str, Fields]:
        """Products by sku. A purchase adds unknown products (the start page says that it has all data of a product)."""
        for purchase in self._account.unshelved:
            for line in purchase["purchase_detail"]:
                if line["sku"] not in self._products:
                    self._put(line["sku"], _product_of(line))
        self._account.unshelved.clear()
        return self._products

    def _put(self, sku: str, fields: Fields) -> Fields:
        known = self._products.get(sku)
        number = known["id"] if known else len(self._products) + 1
        self._products[sku] = {"custom_attributes": [], **fields, "id": number}
        return self._products[sku]

    def create_product(self, body: Any) -> Answer:
        """POST /products."""
        if errors := product_errors(body):
            return refuse(errors)
        return done(self._put(body["sku"], body))

    def update_product(self, name: str, body: Any) -> Answer:
        """PUT /products/{sku}. The sku does not change."""
        if errors := product_change_errors(body):
            return refuse(errors)
        product = self.products.get(decoded(name))
        if product is None:
            return missing("product not found")
        product |= {field: value for field, value in body.items() if field not in ("id", "sku")}
        return done(product)

    def product(self, name: str, query: Query) -> Answer:
        """GET /products/{sku}."""
        product = self.products.get(decoded(name))
        return missing("product not found") if product is None else done(product)

    def product_exists(self, name: str, query: Query) -> Answer:
        """GET /products/{sku}/exist."""
        return done({"exist": decoded(name) in self.products})

    def product_list(self, query: Query) -> Answer:
        """GET /products. It filters by `available` and `with_stock`. A product is available by default."""
        available, with_stock = _flag(query, "available"), _flag(query, "with_stock")
        found = [
            product
            for product in self.products.values()
            if available in (None, product.get("available", True))
            and with_stock in (None, (product.get("stock") or 0) > 0)
        ]
        return done(page_of(found, query))

    # Categories (N12-N14). They come with products and have no operation that creates them.

    def category_list(self, query: Query) -> Answer:
        """GET /categories. It returns each node of the tree, without pages."""
        return done(list(self._categories().values()))

    def delete_category(self, body: Any) -> Answer:
        """DELETE /categories. It deletes a category and those below it. Their products stay."""
        if not isinstance(body, dict) or not isinstance(body.get("code"), str):
            return refuse(['Required properties missing: ["code"]'])
        if not has_address(body):
            return bad_address()
        if body["code"] not in self._categories():
            return missing("category not found")
        for product in self.products.values():
            path = [_node(each)["id"] for each in product.get("category", [])]
            if body["code"] in path:
                product["category"] = product["category"][: path.index(body["code"])]
        return self._records.scheduled()

    def delete_categories(self, body: Any) -> Answer:
        """DELETE /categories/bulk. It deletes all. The body must be an object; `[]` is refused."""
        if not isinstance(body, dict):
            return refuse(["Expected object"])
        if not has_address(body):
            return bad_address()
        for product in self.products.values():
            product.pop("category", None)
        return self._records.scheduled()

    def _categories(self) -> dict[str, Fields]:
        nodes: dict[str, Fields] = {}
        for product in self.products.values():
            path: list[str] = []
            for each in product.get("category", []):
                node = _node(each)
                path.append(node["name"])
                nodes.setdefault(node["id"], node | {"path": " > ".join(path)})
        return nodes

    # Branches (N6-N11).

    def create_branch(self, body: Any) -> Answer:
        """POST /branches."""
        if errors := branch_errors(body):
            return refuse(errors)
        if not body["name"]:
            return refuse(["name: is too short"])
        known = self.branches.get(body["name"])  # a second request for a name changes the same branch (assumed, N9)
        now = now_text()
        kept = known or {"id": self._account.branch_id(body["name"]), "createtime": now}
        self.branches[body["name"]] = body | {"id": kept["id"], "createtime": kept["createtime"], "updatetime": now}
        return done(self.branches[body["name"]])

    def update_branch(self, name: str, body: Any) -> Answer:
        """PUT /branches/{name}. The path has the old name, and the branch keeps it if the body has none (N10)."""
        if errors := branch_change_errors(body):
            return refuse(errors)
        old = self._branch_name(name)
        if old is None:
            return missing("branch not found")
        new = body.get("name") or old
        if new != old and new in self.branches:
            return refuse(["name: is already used"])
        branch = self.branches.pop(old)
        kept = {"name": new, "id": branch["id"], "createtime": branch["createtime"], "updatetime": now_text()}
        self.branches[new] = branch | body | kept
        self._account.branch_ids.pop(old, None)
        self._account.branch_ids[new] = branch["id"]
        return done(self.branches[new])

    def branch(self, name: str, query: Query) -> Answer:
        """GET /branches/{id or name}. The answer for an unknown branch is a 200 with an empty payload (N8)."""
        found = self._branch_name(name)
        return done(self.branches[found] if found is not None else [])

    def branch_list(self, query: Query) -> Answer:
        """GET /branches. A page has ten branches by default (N6)."""
        return done(page_of([*self.branches.values()], query, 10))

    def delete_branch(self, body: Any) -> Answer:
        """DELETE /branches. It deletes a branch and all its purchases (N11)."""
        if not isinstance(body, dict) or type(body.get("id")) is not int:
            return refuse(['Required properties missing: ["id"]'])
        if not has_address(body):
            return bad_address()
        name = self._branch_name(str(body["id"]))
        if name is None:
            return missing("branch not found")
        del self.branches[name], self._account.branch_ids[name]
        self._records.forget_branch(name)
        return self._records.scheduled()

    def _branch_name(self, part: str) -> str | None:
        by_id = {str(branch["id"]): name for name, branch in self.branches.items()}
        name = by_id.get(part) or decoded(part)
        return name if name in self.branches else None


def _flag(query: Query, name: str) -> bool | None:
    text = query.get(name, "").lower()
    if text and text not in _FLAGS:
        raise BadQuery(f"{name}: expected 1 or 0")
    return _FLAGS.get(text)


def _product_of(line: Fields) -> Fields:
    own = {name: line[name] for name in _OF_PRODUCTS if name in line}
    return {"sku": line["sku"], "name": line.get("product_name") or line["sku"], "price": line["unit_price"], **own}


def _node(category: Any) -> Fields:
    """Return a category as a node. A category that is only a name has the name as its id (U27)."""
    named = category if isinstance(category, dict) else {"id": category, "name": category}
    return {"id": named["id"], "name": named["name"]}
