"""The stack `local`, deployed once into an embedded cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.carrier import CarrierWebhooks
from emulator.cloud import cloud
from emulator.deploy import up
from emulator.seed import seed
from tests.deployed import PRODUCTS, Deployed


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    with cloud(wait_scale=0.55, enforce_permissions=True) as running:
        outputs = up(running)
        seed(running, outputs["tables"], PRODUCTS)
        yield Deployed(running, outputs, CarrierWebhooks.for_stack(running, outputs))
