"""A stack's settings: read once, checked together, and passed on as values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from ..logs import LEVELS, LOG_RETENTION_DAYS, Logs
from ..naming import fitting_stack_name, refused_stack_names
from ..packaging import handler_names
from .sources import HANDLERS

PAYMENTS = ("sandbox", "stripe")
OTHER_WORKFLOWS: Mapping[str, tuple[str, ...]] = {
    "bulk": ("read_intake", "report_intake", "start_orders"),
    "onboarding": ("check_application", "close_account", "create_account", "decide_review"),
    "quote": ("quote_delivery", "quote_price", "quote_stock"),
    "returns": (
        *("cancel_return", "check_return", "make_label", "open_return", "record_inspection", "refund_return"),
        *("restock_return", "settle_return", "tell_return"),
    ),
}
"""What a stack may have beside the workflows of orders, each with the handlers that nothing else deploys."""
POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/(?:[!-~]+/)?[\w+=,.@-]{1,128}", re.ASCII)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""
WEBHOOKS = frozenset({"carrier_webhook", "payment_webhook"})
"""The handlers that everyone can call who knows their address."""
UNRESERVED_CONCURRENCY = 100
"""What Lambda keeps for functions that reserve nothing: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
HTTP_SECONDS = 60
"""The longest that an HTTP Task waits: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
YEAR_SECONDS = 365 * 86_400
"""The longest that a Standard execution runs: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

QUOTE_SECONDS = range(2, 12)
"""Each part may be asked twice, and an API answers within 30 s (`components.triggers.http_api.LONGEST_SECONDS`)."""

MAX_POLLS = 250
"""A round of polling in which everything is retried writes some 90 events, and a history ends at 25,000 of them:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


class SettingsError(ValueError, pulumi.RunError):
    """One or more settings are wrong; the message names each key with an example of a right value."""


@dataclass(frozen=True)
class Settings:
    """Every setting of a stack; `Pulumi.yaml` describes each key and holds the defaults."""

    workflows: tuple[str, ...]
    owner: str
    production: bool
    permissions_boundary: str
    alarm_email: str
    logs: Logs
    tracing: bool
    snap_start: bool
    reserved_concurrency: int
    webhook_concurrency: int
    account_concurrency: int
    poll_seconds: int
    delivery_deadline_seconds: int
    carrier_transit_seconds: int
    order_limit_cents: int
    approval_limit_cents: int
    payments: str
    decision_seconds: int
    quote_seconds: int
    identity_url: str
    identity_seconds: int

    @property
    def tags(self) -> dict[str, str]:
        """What every resource of the stack is tagged with."""
        return {"Project": pulumi.get_project(), "Stack": pulumi.get_stack(), "Owner": self.owner}

    def reserved_for(self, handler: str) -> int:
        """How many concurrent calls are set aside for a handler's function, -1 for none."""
        return self.webhook_concurrency if handler in WEBHOOKS else self.reserved_concurrency


def load_settings() -> Settings:
    """The stack's settings.

    Raises:
        SettingsError: naming every key that is wrong, not only the first.
    """
    read = _Reader(pulumi.Config())
    settings = Settings(
        workflows=read.words("workflows", tuple(OTHER_WORKFLOWS)),
        owner=read.text("owner"),
        production=read.flag("production"),
        permissions_boundary=read.text("permissionsBoundary"),
        alarm_email=read.text("alarmEmail"),
        logs=Logs(
            read.number("logRetentionDays"), read.word("logLevel", LEVELS, "ERROR"), read.flag("logExecutionData")
        ),
        tracing=read.flag("tracing"),
        snap_start=read.flag("snapStart"),
        reserved_concurrency=read.number("reservedConcurrency"),
        webhook_concurrency=read.number("webhookConcurrency"),
        account_concurrency=read.number("accountConcurrency"),
        poll_seconds=read.number("pollSeconds"),
        delivery_deadline_seconds=read.number("deliveryDeadlineSeconds"),
        carrier_transit_seconds=read.number("carrierTransitSeconds"),
        order_limit_cents=read.number("orderLimitCents"),
        approval_limit_cents=read.number("approvalLimitCents"),
        payments=read.word("payments", PAYMENTS, "sandbox"),
        decision_seconds=read.number("decisionSeconds"),
        quote_seconds=read.number("quoteSeconds"),
        identity_url=read.text("identityUrl").rstrip("/"),
        identity_seconds=read.number("identitySeconds"),
    )
    # A value that could not be read has a stand-in, of which there is no more to say.
    problems = {**dict(_problems(settings)), **read.problems}
    if problems:
        listed = "\n".join(f"  {key}: {problem}" for key, problem in sorted(problems.items()))
        raise SettingsError(f"stack '{pulumi.get_stack()}' has {len(problems)} wrong setting(s)\n{listed}")
    return settings


class _Reader:
    """Reads typed values and remembers what it could not read."""

    def __init__(self, config: pulumi.Config) -> None:
        self.config = config
        self.problems: dict[str, str] = {}

    def text(self, key: str) -> str:
        return (self.config.get(key) or "").strip()

    def number(self, key: str) -> int:
        written = self.text(key)
        try:
            return int(written)
        except ValueError:
            self.problems[key] = f"is {written!r}, no whole number; {_set(key, '60')}"
            return 1

    def flag(self, key: str) -> bool:
        written = self.text(key)
        if written not in ("true", "false"):
            self.problems[key] = f"is {written!r}, neither true nor false; {_set(key, 'true')}"
        return written == "true"

    def word(self, key: str, known: Sequence[str], example: str) -> str:
        written = self.text(key)
        if written in known:
            return written
        self.problems[key] = f"is {written!r}, not one of {', '.join(known)}; {_set(key, example)}"
        return example

    def words(self, key: str, known: Sequence[str]) -> tuple[str, ...]:
        """Some of `known`, in the order of that; written with commas between."""
        written = {word.strip() for word in self.text(key).split(",")} - {""}
        if unknown := sorted(written - {*known}):
            self.problems[key] = f"has {', '.join(unknown)}, and there is {', '.join(known)}; {_set(key, known[0])}"
        return tuple(word for word in known if word in written)


def _problems(settings: Settings) -> Iterator[tuple[str, str]]:
    s = settings
    if refused := list(refused_stack_names()):
        fitting = f"for example: pulumi stack rename {fitting_stack_name()}"
        yield "(the stack's name)", f"is '{pulumi.get_stack()}', and {', '.join(refused)}; {fitting}"
    if not s.owner:
        yield "owner", f"is empty, and every resource is tagged with it; {_set('owner', 'orders-team')}"
    if pulumi.get_stack() == "prod" and not s.production:
        yield "production", f"is false in the stack named prod, whose data must be kept; {_set('production', 'true')}"
    if s.permissions_boundary and not POLICY_ARN.fullmatch(s.permissions_boundary):
        example = _set("permissionsBoundary", "arn:aws:iam::111122223333:policy/boundary-orderflow-dev")
        yield "permissionsBoundary", f"is {s.permissions_boundary!r}, not the ARN of an IAM policy; {example}"
    if s.production and "@" not in s.alarm_email:
        yield (
            "alarmEmail",
            f"is no address, and a production stack must tell someone; {_set('alarmEmail', 'oncall@example.com')}",
        )
    if s.logs.retention_days not in LOG_RETENTION_DAYS:
        nearest = min(LOG_RETENTION_DAYS, key=lambda days: abs(days - s.logs.retention_days))
        yield (
            "logRetentionDays",
            f"is {s.logs.retention_days}, which AWS does not offer; {_set('logRetentionDays', nearest)}",
        )
    yield from _wrong_concurrency(s)
    if not 1 <= s.poll_seconds <= YEAR_SECONDS:
        yield "pollSeconds", f"is {s.poll_seconds}, not 1 s to a year; {_set('pollSeconds', 21600)}"
    if not s.poll_seconds <= s.delivery_deadline_seconds <= YEAR_SECONDS // 8:
        why = f"is {s.delivery_deadline_seconds}, not between one poll ({s.poll_seconds} s) and an eighth of a year"
        yield "deliveryDeadlineSeconds", f"{why}; {_set('deliveryDeadlineSeconds', 1209600)}"
    elif 0 < MAX_POLLS * s.poll_seconds < s.delivery_deadline_seconds:
        least = -(-s.delivery_deadline_seconds // MAX_POLLS)
        why = f"is {s.poll_seconds}, so that a parcel is asked for more than {MAX_POLLS} times in its deadline"
        yield "pollSeconds", f"{why} of {s.delivery_deadline_seconds} s; {_set('pollSeconds', least)}"
    if s.carrier_transit_seconds < 0:
        yield (
            "carrierTransitSeconds",
            f"is {s.carrier_transit_seconds}, less than nothing; {_set('carrierTransitSeconds', 172800)}",
        )
    if s.production and s.payments == "sandbox":
        why = "is sandbox, which takes nobody's money, and a production stack must take it"
        yield "payments", f"{why}; {_set('payments', 'stripe')}"
    if s.approval_limit_cents < 0:
        yield "approvalLimitCents", f"is {s.approval_limit_cents}, less than nothing; {_set('approvalLimitCents', 0)}"
    if not 1 <= s.decision_seconds <= YEAR_SECONDS // 12:
        yield "decisionSeconds", f"is {s.decision_seconds}, not 1 s to a month; {_set('decisionSeconds', 172800)}"
    if s.quote_seconds not in QUOTE_SECONDS:
        allowed = f"{QUOTE_SECONDS[0]} to {QUOTE_SECONDS[-1]} s"
        yield "quoteSeconds", f"is {s.quote_seconds}, not {allowed}; {_set('quoteSeconds', 3)}"
    if not re.fullmatch(r"https://[^\s?#]+", s.identity_url):
        why = f"is {s.identity_url!r}, and HTTP Tasks call https:// alone"
        yield "identityUrl", f"{why}; {_set('identityUrl', 'https://identity.example.com')}"
    if not 1 <= s.identity_seconds <= HTTP_SECONDS:
        why = f"is {s.identity_seconds}, and HTTP Tasks wait 1 to {HTTP_SECONDS} s"
        yield "identitySeconds", f"{why}; {_set('identitySeconds', 30)}"
    if s.order_limit_cents < 1:
        yield "orderLimitCents", f"is {s.order_limit_cents}, so no order could pass; {_set('orderLimitCents', 1000000)}"


def _wrong_concurrency(s: Settings) -> Iterator[tuple[str, str]]:
    for key, reserved, what in (
        ("reservedConcurrency", s.reserved_concurrency, "function"),
        ("webhookConcurrency", s.webhook_concurrency, "webhook"),
    ):
        if reserved < -1:
            yield key, f"is {reserved}; {_set(key, -1)} to reserve nothing"
        if reserved == 0:
            yield key, f"is 0, which stops every {what}; {_set(key, 10)}"
    if s.production and s.webhook_concurrency == -1:
        why = "is -1, and whoever knows a webhook's address could use up what orders need in a production stack"
        yield "webhookConcurrency", f"{why}; {_set('webhookConcurrency', 10)}"
    reserved = [s.reserved_for(one) for one in handler_names(HANDLERS) if one not in _not_deployed(s)]
    wanted, left = sum(one for one in reserved if one > 0), s.account_concurrency - UNRESERVED_CONCURRENCY
    if wanted > max(left, 0):
        key = "reservedConcurrency" if s.reserved_concurrency > 0 else "webhookConcurrency"
        why = (
            f"sets aside, with the webhooks' own {s.webhook_concurrency} each, {wanted} concurrent calls for"
            f" {sum(one > 0 for one in reserved)} functions, and Lambda keeps {UNRESERVED_CONCURRENCY} of the account's"
            f" {s.account_concurrency} (accountConcurrency) unreserved, which leaves {max(left, 0)}"
        )
        yield key, f"{why}; {_set(key, -1)} to reserve nothing, or have the account's limit raised and say so"


def _not_deployed(s: Settings) -> set[str]:
    """The handlers that a stack with these settings has no functions of."""
    others = {one for name, handlers in OTHER_WORKFLOWS.items() if name not in s.workflows for one in handlers}
    return others if s.payments == "stripe" else {*others, "payment_webhook"}


def _set(key: str, example: object) -> str:
    return f"for example: pulumi config set {key} {example}"
