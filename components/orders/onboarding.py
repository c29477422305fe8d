"""Customer onboarding: what is personal of applicants, what examines it, and the machine that goes by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import workflows
from workflows import ONBOARDING_PROMISES, OnboardingParts

from ..bucket import Bucket
from ..connection import NOT_PUT_IN, ApiKey, Connection, ConnectionArgs
from ..container_image import Build, ContainerImage
from ..network import Network
from ..state_machine import StateMachine, StateMachineArgs
from ..storage import Queue, QueueArgs, Table, TableArgs
from ..task import Task, TaskArgs
from ..topic import Topic
from ..uses import Use
from . import sources
from .functions import ADD, CHANGE, DROP, READ
from .shop import Added, Shop

ORDER_MARGIN_SECONDS = 600
DOCUMENT_DAYS = 90
"""How long a scanned document is kept."""


def onboarding(shop: Shop) -> Added:
    """Everything of onboarding: of applicants the outputs tell where they are, and nothing else does."""
    keep = shop.settings.production
    applicants = Table("applicants", TableArgs("applicantId", keep))
    accounts = Table("accounts", TableArgs("accountId", keep))
    reviewed = Table("reviews", TableArgs("reviewId", keep))
    documents = Bucket("documents", days=DOCUMENT_DAYS)
    reviews = Queue("reviews", QueueArgs(keep))
    notices = Topic("applicants", shop.key)
    identity = Connection("identity", ConnectionArgs(ApiKey("X-Api-Key", NOT_PUT_IN)))
    image, scan = _scan(shop, applicants, documents)
    # Whatever the others log: of applicants no log has inputs and outputs.
    logs, functions = replace(shop.logs, execution_data=False), shop.functions
    read = Use("APPLICANTS_TABLE", applicants, (READ,))
    # Of both it takes the address of an account: two rows, in a transaction.
    opening = Use("ACCOUNTS_TABLE", accounts, (READ, ADD))
    parts = OnboardingParts(
        check_application=functions.other("check_application", read),
        identity_url=shop.settings.identity_url,
        identity_seconds=shop.settings.identity_seconds,
        connection=identity,
        scan=scan.arguments,
        container=scan.container,
        applicants=applicants,
        reviews=reviews,
        create_account=functions.other("create_account", read, opening),
        close_account=functions.other("close_account", Use("ACCOUNTS_TABLE", accounts, (CHANGE, DROP))),
        notices=notices,
        orders=shop.fulfillment,
        order_seconds=_order_seconds(shop),
    )
    definition = workflows.onboarding(parts, shop.settings.decision_seconds)
    machine = StateMachine(
        "onboarding",
        StateMachineArgs(definition, logs, tracing=shop.settings.tracing, promises=ONBOARDING_PROMISES),
    )
    functions.other(
        "decide_review",
        Use("REVIEWS_TABLE", reviewed, (READ, ADD, CHANGE)),
        Use("ONBOARDING_MACHINE", machine, ("states:sendTaskSuccess",)),
    )
    parts_told = [applicants, accounts, reviewed, documents, reviews, notices, identity, image, scan]
    return Added([machine], parts_told)


def _scan(shop: Shop, applicants: Table, documents: Bucket) -> tuple[ContainerImage, Task]:
    """The container that reads documents, in a network of its own."""
    dockerfile = sources.HANDLERS / "containers" / "document_scan.Dockerfile"
    image = ContainerImage("document-scan", Build(dockerfile, sources.ROOT), keep=shop.settings.production)
    network = Network("containers")
    uses = (
        Use("APPLICANTS_TABLE", applicants, (READ, CHANGE)),
        Use("DOCUMENTS_BUCKET", documents, ("s3:getObject",)),
    )
    return image, Task(
        "document-scan",
        TaskArgs(image.uri, [network.subnet_id], uses, shop.logs, public_ip=True),
    )


def _order_seconds(shop: Shop) -> int:
    """As long as an order may take, and a little more: a task that times out would stop its execution."""
    order: Any = shop.fulfillment.symbolic
    return int(order["TimeoutSeconds"]) + ORDER_MARGIN_SECONDS
