"""The bucket that files of orders are put into, who takes one in, and the machine that its orders go to."""

from __future__ import annotations

from handlers.shared.intake.bucket import IntakeBucket
from handlers.shared.intake.claims import Claims
from handlers.shared.intake.starting import Start, starter
from handlers.shared.runtime import client, dynamodb, setting


def intake_bucket() -> IntakeBucket:
    return IntakeBucket(setting("INTAKE_BUCKET"), client("s3"))


def claims() -> Claims:
    return Claims(setting("INTAKES_TABLE"), dynamodb())


def start() -> Start:
    return starter(client("stepfunctions"), setting("ORDER_MACHINE"))
