"""Applicants of every kind through onboarding: an API that misbehaves, containers that are killed, reviewers who are
late or of two minds, and first orders; and whether accounts, letters and decisions agree in the end."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from asl.permissions.resource_policies import topic_sends
from emulator.baskets import Product
from emulator.carrier import CarrierWebhooks, carrier
from emulator.chaos.evidence import emptied
from emulator.cloud import Cloud
from emulator.demos.frame import COMMAND, Came, Ended
from emulator.flow import Cases
from emulator.identity_api import ODD, IdentityApi, identity_api
from emulator.reconcile import Comparison, scan
from emulator.seed import seed
from handlers.shared.clock import now, written
from orderflow.errors import OrderflowError
from orderflow.outputs import Deployment
from orderflow.reviews import Asked, Reviewed, Reviews, Verdict

CONFIG = {"orderflow:decisionSeconds": "8"}
"""Who is asked here looks at once; and nobody waits for those who never do."""
CLOUD = {"wait_scale": 0.55, "calls_of_a_function": 4}
"""As in the demo of orders: of first orders parcels are waited for."""
SHOWN = Cases("onboarding", "applicant")
SECONDS = 300
DECIDING_SECONDS = 60
LOOK_SECONDS = 0.2
IDENTITY_HOST = "identity.example.com"
SKU, PRICE_CENTS = "1029743", 649
PEOPLE = 4
BORN, NAME = "1990-12-10", "Ada Lovelace"
LARGE_BYTES = 2_000_000


@dataclass(frozen=True)
class Applicant:
    """Who applies: the id says how the identity API answers, `document` is the scan, `verdict` what a reviewer says,
    after having let `ignored` messages expire; `kills` is how often the container is killed. `ends` is the outcome that
    there has to be."""

    id: str
    ends: str
    document: bytes | None = b""
    given: Mapping[str, str] = field(default_factory=dict[str, str])
    verdict: Verdict | None = None
    ignored: int = 0
    kills: int = 0
    pays_by: str = ""


def _scan(name: str = NAME, born: str = BORN, expires: str = "2099-01-01") -> bytes:
    return f"NAME: {name}\nBORN: {born}\nEXPIRES: {expires}\n".encode()


CARD = _scan()
APPLICANTS = (
    Applicant("plain", "OPENED", CARD),
    Applicant("byte-order-mark", "OPENED", b"\xef\xbb\xbf" + _scan(NAME.upper()).replace(b"\n", b"\r\n")),
    Applicant("failed-identity", "DECLINED", CARD),
    Applicant("unsure-identity", "OPENED", CARD, verdict="APPROVED"),
    Applicant("html-instead", "DECLINED", CARD, verdict="REJECTED"),
    Applicant("busy-twice", "OPENED", CARD),
    Applicant("hangs-forever", "OPENED", CARD, verdict="APPROVED"),
    Applicant("expired-document", "DECLINED", _scan(expires="2020-02-29")),
    Applicant("somebody-elses", "DECLINED", _scan("Grace Hopper"), verdict="REJECTED"),
    Applicant("unreadable", "OPENED", b"\xff\xfe\x00scan", verdict="APPROVED"),
    Applicant("too-large", "DECLINED", b"x" * LARGE_BYTES, verdict="REJECTED"),
    Applicant("no-document", "DECLINED", None, verdict="REJECTED"),
    Applicant("killed-once", "OPENED", CARD, kills=1),
    Applicant("killed-always", "OPENED", CARD, kills=9, verdict="APPROVED"),
    Applicant("asked-again", "OPENED", _scan("Ada King"), verdict="APPROVED", ignored=1),
    Applicant("never-reviewed", "NOT_REVIEWED", _scan("Ada King"), ignored=9),
    Applicant("child", "REFUSED", CARD, {"birthDate": "2024-02-29"}),
    Applicant("no-address", "REFUSED", CARD, {"email": "ada"}),
    Applicant("same-address", "DECLINED", CARD, {"email": "Plain@Example.com"}),
    Applicant("first-order", "OPENED", CARD, pays_by="pm_card_visa"),
    Applicant("declined-order", "ORDER_REFUSED", CARD, pays_by="pm_card_chargeDeclined"),
)
LAST = ("same-address",)
"""Who applies once the others have: the address has to be taken first."""


def run(cloud: Cloud, outputs: dict[str, Any], applicants: Sequence[Applicant] = APPLICANTS) -> Came:
    """Have all apply, people look and containers die, until every execution has ended."""
    seed(cloud, outputs["tables"], [Product(SKU, "Tea", PRICE_CENTS, 1000)])
    _apply(cloud, outputs, applicants)
    letters = _mailbox(cloud, outputs)
    with (
        _identities(cloud, outputs) as api,
        carrier(CarrierWebhooks.for_stack(cloud, outputs), outputs),
        _reviewers(cloud, outputs, applicants) as reviewers,
        _killer(cloud, outputs, applicants) as killed,
    ):
        first = [one.id for one in applicants if one.id not in LAST]
        ended = _ended(cloud, outputs, first)
        ended |= _ended(cloud, outputs, [one.id for one in applicants if one.id in LAST])
    came = _came(
        cloud, outputs, applicants, ended, reviewers, api, [json.loads(one) for one in emptied(cloud, letters)]
    )
    alive = [f"{one.id}: its container was never killed" for one in applicants if one.kills and one.id not in killed]
    return replace(came, problems=[*came.problems, *alive])


BY_HAND = ("plain", "failed-identity", "somebody-elses", "first-order")


@contextlib.contextmanager
def by_hand(cloud: Cloud, outputs: dict[str, Any]) -> Iterator[str]:
    """The identity API, and some who have applied."""
    _apply(cloud, outputs, [one for one in APPLICANTS if one.id in BY_HAND])
    start = f"{COMMAND} start onboarding --wait --input"
    with _identities(cloud, outputs) as api:
        yield (
            f"{', '.join(BY_HAND)} have applied; the identity API at {api.address} answers as an id begins: "
            f"{', '.join(ODD)}\n"
            f"  curl -H 'X-Api-Key: {api.key}' -d '{{\"applicantId\": \"failed-identity\"}}' {api.address}\n"
            f'  {start} \'{{"applicantId": "plain"}}\'\n'
            f'  {start} \'{{"applicantId": "somebody-elses"}}\' --timeout 8\n'
            f"  {COMMAND} review\n"
            f"  {COMMAND} review somebody-elses --approve --why 'her married name' --by ada"
        )


@contextlib.contextmanager
def _identities(cloud: Cloud, outputs: dict[str, Any]) -> Iterator[IdentityApi]:
    """While inside the API that the stack calls is there, and its key in the connection."""
    with identity_api(secrets.token_urlsafe(24)) as api:
        cloud.stand_in(IDENTITY_HOST, api.address)
        _put_in_key(cloud, outputs, api.key)
        yield api


def _apply(cloud: Cloud, outputs: dict[str, Any], applicants: Sequence[Applicant]) -> None:
    """What applicants fill in and send, which an application's form would put there."""
    table, bucket = outputs["tables"]["applicants"]["name"], outputs["buckets"]["documents"]
    for one in applicants:
        key = f"{one.id}.txt"
        order = json.dumps(_order(one)) if one.pays_by else ""
        usual = {"name": NAME, "birthDate": BORN, "email": f"{one.id}@example.com"}
        row = {"applicantId": one.id, **usual, "documentKey": key, "firstOrder": order, **one.given}
        item = {name: {"S": text} for name, text in row.items() if text}
        cloud.client("dynamodb").put_item(TableName=table, Item=item)
        if one.document is not None:
            cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=one.document)


def _order(one: Applicant) -> dict[str, Any]:
    return {
        "orderId": f"first-{one.id}",
        "customerId": f"acc-{one.id}",
        "items": [{"sku": SKU, "quantity": 2}],
        "paymentMethodId": one.pays_by,
        "shipTo": {"name": NAME, "postcode": "98101"},
    }


def _mailbox(cloud: Cloud, outputs: dict[str, Any]) -> str:
    sqs = cloud.client("sqs")
    url: str = sqs.create_queue(QueueName="letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = outputs["topics"]["applicants"]
    policy = {"Version": "2012-10-17", "Statement": [topic_sends(arn, topic)]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    told = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn}
    cloud.client("sns").subscribe(**told, Attributes={"RawMessageDelivery": "true"})
    return url


def _put_in_key(cloud: Cloud, outputs: dict[str, Any], key: str) -> None:
    """As docs/on-aws.md has an operator do it."""
    cloud.client("events").update_connection(
        Name=outputs["connections"]["identity"]["name"],
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "X-Api-Key", "ApiKeyValue": key}},
    )


def _ended(cloud: Cloud, outputs: dict[str, Any], applicants: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Every execution as it ended, or as it is when the time is over."""
    client, machine = cloud.client("stepfunctions"), outputs["machines"]["onboarding"]["aliasArn"]
    arns = {
        id: client.start_execution(stateMachineArn=machine, name=id, input=json.dumps({"applicantId": id}))[
            "executionArn"
        ]
        for id in applicants
    }
    deadline = time.monotonic() + SECONDS
    found: dict[str, dict[str, Any]] = {}
    while len(found) < len(arns) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        for id in arns.keys() - found.keys():
            execution = client.describe_execution(executionArn=arns[id])
            if execution["status"] != "RUNNING":
                found[id] = execution
    return {**{id: client.describe_execution(executionArn=arn) for id, arn in arns.items()}, **found}


class _Reviewers:
    """People who look at what they are asked, as the applicant's row says. After each decision somebody of another mind
    decides the same again."""

    def __init__(self, reviews: Reviews, applicants: Sequence[Applicant]) -> None:
        self._reviews = reviews
        self._left = {one.id: one.ignored for one in applicants}
        self._verdicts: dict[str, Verdict] = {one.id: one.verdict or "REJECTED" for one in applicants}
        self._pool = ThreadPoolExecutor(PEOPLE)
        self._answers: list[Future[None]] = []
        self.decided: list[Reviewed] = []
        self.told_again: list[Reviewed] = []
        self.ignored: list[Asked] = []

    def __enter__(self) -> None:
        """Their work is done when the block is left."""

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        for one in self._answers:
            one.result()

    def look(self) -> None:
        for asked in self._reviews.taken():
            self._answers.append(self._pool.submit(self._answer, asked))

    def _answer(self, asked: Asked) -> None:
        if self._left[asked.applicant_id] > 0:
            self._left[asked.applicant_id] -= 1
            self.ignored.append(asked)
            return
        verdict = self._verdicts[asked.applicant_id]
        if asked.expires_at <= written(now()):
            return  # there is a newer one
        other: Verdict = "REJECTED" if verdict == "APPROVED" else "APPROVED"
        self.decided.append(done := self._decide(asked, verdict, "ada", "looked at the document"))
        if done.decided:
            self.told_again.append(self._decide(asked, other, "bob", "of another mind"))

    def _decide(self, asked: Asked, verdict: Verdict, by: str, why: str) -> Reviewed:
        """As `Reviews.decide`, and again where the function fails, as people do."""
        deadline = time.monotonic() + DECIDING_SECONDS
        while True:
            try:
                return self._reviews.decide(asked, verdict, by, why)
            except OrderflowError:
                if time.monotonic() > deadline:
                    raise


@contextlib.contextmanager
def _reviewers(cloud: Cloud, outputs: dict[str, Any], applicants: Sequence[Applicant]) -> Iterator[_Reviewers]:
    from orderflow.outputs import _understood

    deployment: Deployment = _understood(json.dumps(outputs), "the demo", None)
    people = _Reviewers(Reviews(deployment), applicants)
    with people, _again_and_again(people.look):
        yield people


@contextlib.contextmanager
def _killer(cloud: Cloud, outputs: dict[str, Any], applicants: Sequence[Applicant]) -> Iterator[set[str]]:
    """Stops containers, as AWS does when a host goes: as often as the applicant's row says. Gives whose it has."""
    left, stopped, ecs = {one.id: one.kills for one in applicants}, set[str](), cloud.client("ecs")
    killed = set[str]()
    cluster = outputs["tasks"]["document-scan"]["clusterArn"]

    def look() -> None:
        arns = [
            arn for arn in ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"] if arn not in stopped
        ]
        for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else ():
            (override,) = task["overrides"]["containerOverrides"]
            applicant = {one["name"]: one["value"] for one in override["environment"]}["APPLICANT_ID"]
            if left[applicant] > 0 and task["lastStatus"] == "RUNNING":
                left[applicant] -= 1
                stopped.add(task["taskArn"])
                killed.add(applicant)
                ecs.stop_task(cluster=cluster, task=task["taskArn"], reason="its host is retired")

    with _again_and_again(look, 0.05) if any(left.values()) else contextlib.nullcontext():
        yield killed


@contextlib.contextmanager
def _again_and_again(look: Any, pause: float = LOOK_SECONDS) -> Iterator[None]:
    stop = threading.Event()

    broke: list[BaseException] = []

    def work() -> None:
        try:
            while not stop.wait(pause):
                look()
        except BaseException as error:
            broke.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()
    if broke:
        raise broke[0]


def _came(
    cloud: Cloud,
    outputs: dict[str, Any],
    applicants: Sequence[Applicant],
    executions: dict[str, dict[str, Any]],
    reviewers: _Reviewers,
    api: IdentityApi,
    letters: Sequence[dict[str, Any]],
) -> Came:
    ended = {id: _told(id, execution) for id, execution in executions.items()}
    problems = [
        f"{one.id} ended {ended[one.id].outcome} ({ended[one.id].why}), and should have been {one.ends}"
        for one in applicants
        if ended[one.id].outcome != one.ends
    ]
    problems += [f"{one.applicant_id}: a second decision was taken" for one in reviewers.told_again if one.decided]
    problems += _leaks(cloud, outputs, executions, letters)
    if api.bodies - {"applicantId"}:
        problems.append(f"the identity API was sent {', '.join(sorted(api.bodies))}")
    books = list(_books(cloud, outputs, applicants, ended, reviewers, letters))
    return Came([ended[one.id] for one in applicants], books, problems)


def _books(
    cloud: Cloud,
    outputs: dict[str, Any],
    applicants: Sequence[Applicant],
    ended: Mapping[str, Ended],
    reviewers: _Reviewers,
    letters: Sequence[dict[str, Any]],
) -> Iterator[Comparison]:
    rows = {name: scan(cloud, outputs["tables"][name]["name"]) for name in ("accounts", "reviews", "orders")}
    accounts = [row for row in rows["accounts"] if "status" in row]
    # One of which nobody ever knew that it is open has been closed.
    unsure = [id for id, one in ended.items() if one.outcome == "NOT_OPENED"]
    ever = [row["applicantId"] for row in accounts if "openedAt" in row and row["applicantId"] not in unsure]
    held = [row["heldBy"].removeprefix("acc-") for row in rows["accounts"] if "heldBy" in row]
    opened = [id for id, one in ended.items() if one.outcome == "OPENED"]
    # A letter may come twice, and is the same one then.
    told = [(one["applicantId"], one["outcome"]) for one in {one["noticeId"]: one for one in letters}.values()]
    known = [row["applicantId"] for row in rows["reviews"] if row.get("answered")]
    placed = [one.id for one in applicants if one.pays_by]
    yield _compared(
        *("accounts", "open", [row["applicantId"] for row in accounts if row["status"] == "OPEN"]),
        *("executions that opened one", opened),
    )
    yield _compared("addresses", "held", held, "open accounts", opened)
    yield _compared(
        *("letters", "that an account is open", [id for id, outcome in told if outcome == "OPENED"]),
        *("accounts ever known to be open", ever),
    )
    yield _compared(
        *("letters", "that there is none", [id for id, outcome in told if outcome != "OPENED"]),
        *("executions that ended so", [id for id in ended if id not in opened]),
    )
    yield _compared(
        *("reviews", "known to the workflow", known),
        *("decisions taken", [one.applicant_id for one in reviewers.decided if one.decided]),
    )
    yield _compared(
        *("first orders", "in the ledger", [row["orderId"].removeprefix("first-") for row in rows["orders"]]),
        *("wanted", placed),
    )


def _compared(title: str, left: str, ours: Sequence[str], right: str, theirs: Sequence[str]) -> Comparison:
    one, other = sorted(ours), sorted(theirs)
    return Comparison(title, (left, len(one)), (right, len(other)), tuple(sorted({*one} ^ {*other})))


def _told(id: str, execution: dict[str, Any]) -> Ended:
    if execution["status"] != "SUCCEEDED":
        return Ended(id, execution.get("error", execution["status"]), execution.get("cause", ""))
    output = json.loads(execution["output"])
    return Ended(id, output["outcome"], output["reason"])


PERSONAL = (NAME, NAME.upper(), "Grace Hopper", BORN, "@example.com")


def _leaks(
    cloud: Cloud, outputs: dict[str, Any], executions: dict[str, dict[str, Any]], letters: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """Where anything personal has got to that has no business there. Of a first order the history has the order."""
    places = {"letters": json.dumps(letters), "the stack's outputs": json.dumps(outputs)}
    client = cloud.client("stepfunctions")
    for id, execution in executions.items():
        pages = client.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
        if "order" not in id:
            places[f"the history of {id}"] = json.dumps([page["events"] for page in pages], default=str)
    own = ("onboarding", "account", "application", "review")
    groups = [group for group in outputs["logs"] if any(name in group for name in own)]
    for group in [*groups, outputs["tasks"]["document-scan"]["logGroup"]]:
        pages = cloud.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        places[group] = json.dumps([page["events"] for page in pages])
    places["the cloud's own log"] = cloud.log.read_text(errors="replace")
    for place, text in places.items():
        yield from (f"{place} says {word!r}" for word in PERSONAL if word in text)
