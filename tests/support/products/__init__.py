"""Servers that answer as products do, from the logs that people have published."""

from __future__ import annotations

from tests.support.products.davmail import DAVMAIL
from tests.support.products.exchange import EXCHANGE
from tests.support.products.gmail import GMAIL
from tests.support.products.godaddy import GODADDY
from tests.support.products.icloud import ICLOUD
from tests.support.products.netease import NETEASE
from tests.support.products.product import Product
from tests.support.products.qq import QQ
from tests.support.products.server import ProductImap
from tests.support.products.yahoo import YAHOO

__all__ = ["PRODUCTS", "Product", "ProductImap"]

PRODUCTS = (DAVMAIL, EXCHANGE, GMAIL, GODADDY, ICLOUD, NETEASE, QQ, YAHOO)
