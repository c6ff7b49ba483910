"""`woowup.products` and `woowup.branches`.

Room: _resources. Not on the official pages: see `more_endpoints`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from woowup_async._resources import more_endpoints as endpoints
from woowup_async._resources.arguments import paging_of, query_of
from woowup_async._resources.base import Resource, body_of
from woowup_async._wire.endpoint import base64_id
from woowup_async.errors import NotFound
from woowup_async.models.product import Branch, BranchChanges, BranchRecord, Product, StoredProduct


def _flag(value: bool | None) -> int | None:
    """Write a flag for PHP, which would take "false" as true."""
    return None if value is None else int(value)


class Products(Resource):
    """The products of the catalogue. Purchases create and update products too, so you need not load them."""

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
        return await self._ask(endpoints.PRODUCTS_UPDATE, body=body_of(product), path=(base64_id(product.sku),))

    async def upsert(self, product: Product) -> StoredProduct:
        """Update the product, or create it if it does not exist. An existing product needs one request."""
        try:
            return await self.update(product)
        except NotFound:
            return await self.create(product)

    async def find(self, sku: str) -> StoredProduct | None:
        """Return the product with this `sku`, or None."""
        return await self._find(endpoints.PRODUCTS_FIND, path=(base64_id(sku),))

    async def exists(self, sku: str) -> bool:
        """Return whether a product with this `sku` exists."""
        return (await self._ask(endpoints.PRODUCTS_EXISTS, path=(base64_id(sku),))).exist

    def list(
        self,
        *,
        available: bool | None = None,
        with_stock: bool | None = None,
        limit: int | None = None,
        page: int = 0,
        page_size: int | None = None,
    ) -> AsyncIterator[StoredProduct]:
        """Yield products over all pages.

        Args:
            available: only products that are available; False for those that are not.
            with_stock: only products in stock; False for those out of stock.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        """
        params = query_of(available=_flag(available), with_stock=_flag(with_stock))
        return self._pages(endpoints.PRODUCTS_LIST, params, paging_of(limit, page, page_size))


class Branches(Resource):
    """The shop's branches, which purchases name. No method deletes one, since that deletes its purchases (N11)."""

    def list(
        self, *, limit: int | None = None, page: int = 0, page_size: int | None = None
    ) -> AsyncIterator[BranchRecord]:
        """Yield branches over all pages.

        Args:
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        """
        return self._pages(endpoints.BRANCHES_LIST, (), paging_of(limit, page, page_size))

    async def find(self, branch: int | str) -> BranchRecord | None:
        """Return a branch by its id (int) or name (str), or None.

        For the server, an unknown name is not an error (N8).
        """
        return await self._find(endpoints.BRANCHES_FIND, path=(base64_id(branch),))

    async def create(self, branch: Branch) -> BranchRecord:
        """Create a branch."""
        return await self._ask(endpoints.BRANCHES_CREATE, body=body_of(branch))

    async def update(self, name: str, branch: BranchChanges) -> BranchRecord:
        """Update the branch with this name. Give a new name in `branch` to rename it.

        Raises:
            NotFound: there is no such branch.

        """
        return await self._ask(endpoints.BRANCHES_UPDATE, body=body_of(branch), path=(base64_id(name),))
