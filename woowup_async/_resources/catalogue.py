"""`woowup.products` and `woowup.branches`.

Room: _resources. Not on the official pages: see `more_endpoints`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from woowup_async._resources import more_endpoints as endpoints
from woowup_async._resources.base import Resource, body_of, count_of, query_of
from woowup_async._wire.endpoint import encoded_id
from woowup_async.errors import NotFound
from woowup_async.models.product import Branch, BranchRecord, Product, StoredProduct


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


class Products(Resource):
    """The catalogue. Purchases create and update products on the fly, so a separate load is optional."""

    async def create(self, product: Product) -> StoredProduct:
        """Create a product.

        Raises:
            BadRequest: the server's reasons.

        """
        return await self._ask(endpoints.PRODUCTS_CREATE, body=body_of(product))

    async def update(self, product: Product) -> StoredProduct:
        """Update the product with this `sku`.

        Raises:
            NotFound: there is no such product.

        """
        return await self._ask(endpoints.PRODUCTS_UPDATE, body=body_of(product), path=(encoded_id(product.sku),))

    async def upsert(self, product: Product) -> StoredProduct:
        """Update the product, or create it if it does not exist: one request in the common case."""
        try:
            return await self.update(product)
        except NotFound:
            return await self.create(product)

    async def find(self, sku: str) -> StoredProduct | None:
        """Return the product with this `sku`, or None."""
        try:
            product: StoredProduct = await self._ask(endpoints.PRODUCTS_FIND, path=(encoded_id(sku),))
        except NotFound:
            return None
        return product

    async def exists(self, sku: str) -> bool:
        """Return whether a product with this `sku` exists."""
        return (await self._ask(endpoints.PRODUCTS_EXISTS, path=(encoded_id(sku),))).exist

    def list(
        self, *, available: bool | None = None, with_stock: bool | None = None, limit: int | None = None
    ) -> AsyncIterator[StoredProduct]:
        """Yield products over all pages.

        Args:
            available: only those that are, or are not.
            with_stock: only those in stock, or out of it.
            limit: most items.

        """
        params = query_of(available=_flag(available), with_stock=_flag(with_stock))
        return self._pages(endpoints.PRODUCTS_LIST, params, count_of(limit))


class Branches(Resource):
    """The shop's branches; purchases name them. None is deleted here: its purchases would go with it (N11)."""

    def list(self, *, limit: int | None = None) -> AsyncIterator[BranchRecord]:
        """Yield branches over all pages; `limit` bounds their number."""
        return self._pages(endpoints.BRANCHES_LIST, (), count_of(limit))

    async def find(self, branch: int | str) -> BranchRecord | None:
        """Return a branch by its id (int) or name (str), or None.

        An unknown name is not an error of the server's (N8).
        """
        try:
            found = await self._ask(endpoints.BRANCHES_FIND, path=(encoded_id(branch),))
        except NotFound:
            return None
        return found if isinstance(found, BranchRecord) and found != BranchRecord() else None

    async def create(self, branch: Branch) -> BranchRecord:
        """Create a branch."""
        return await self._ask(endpoints.BRANCHES_CREATE, body=body_of(branch))

    async def update(self, name: str, branch: Branch) -> BranchRecord:
        """Update the branch of this name; the new name is in `branch`.

        Raises:
            NotFound: there is no such product.

        """
        return await self._ask(endpoints.BRANCHES_UPDATE, body=body_of(branch), path=(encoded_id(name),))
