"""The catalogue of products."""

from __future__ import annotations

from handlers.shared.catalogue import Catalogue
from handlers.shared.runtime import dynamodb, setting


def catalogue() -> Catalogue:
    return Catalogue(dynamodb(), setting("PRODUCTS_TABLE"))
