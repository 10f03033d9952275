"""The programs that there are recipes for. A new one is a file here, a row in RECIPES, and a test of it."""

from __future__ import annotations

from collections.abc import Mapping

from bounced.lists.recipe import Recipe, SqlRecipe
from bounced.lists.recipes import (
    ghost,
    keila,
    kumomta,
    listmonk,
    mailman,
    mailpoet,
    mautic,
    odoo,
    odoo_rpc,
    postal,
)

#: By the names that ``kind`` has in [sink.NAME].
RECIPES: Mapping[str, Recipe | SqlRecipe] = {
    recipe.RECIPE.name: recipe.RECIPE
    for recipe in (listmonk, mautic, keila, mailman, ghost, odoo, odoo_rpc, mailpoet, postal, kumomta)
}
