"""Response bodies of recipes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from pki_manager.protocols.rest.recipes.catalog import RECIPES
from pki_manager.protocols.rest.recipes.values import RecipeValues


class RecipeResponse(BaseModel):
    """Configuration for one client, to paste.

    `source` is `tested` if the tests of PKI Manager run it, and `vendor` if it follows the documentation of the vendor.
    """

    client: str
    label: str
    file: str
    source: Literal["tested", "vendor"]
    text: str


class RecipeList(BaseModel):
    """Recipes with the values of a CA and a profile.

    `prepare` are the commands that trust the root certificate, which every recipe requires. `KEY_ID` and `HMAC_KEY` in
    texts stand for the EAB key.
    """

    directory: str
    prepare: str
    items: list[RecipeResponse]

    @classmethod
    def of(cls, values: RecipeValues) -> RecipeList:
        items = [
            RecipeResponse(
                client=recipe.client,
                label=recipe.label,
                file=recipe.file,
                source="tested" if recipe.is_tested else "vendor",
                text=recipe.build(values),
            )
            for recipe in RECIPES
        ]
        return cls(directory=values.directory, prepare=values.prepare(), items=items)
