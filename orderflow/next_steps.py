"""What to do next about an order, by the state it is in or ended in, and by what went wrong there.

One table of what every state means, so that nobody has to know the workflow by heart at night. The runbook shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """What a state or an error means, what to do about it, and the commands for it, without `orderflow` before them."""

    means: str
    do: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextStep:
    """A thing to do, and the commands for it."""

    do: str
    commands: tuple[str, ...] = ()


ASKS_FOR_HELP = "AskForHelp"
"""Where an order is whose undoing keeps failing."""

WAITING: Mapping[str, Advice] = {
    "AwaitApproval": Advice(
        "A large order waits for a person's approval. Nothing is charged.",
        "Decide, and say why. Unanswered, the order is refused when the question expires.",
        ("approve {order} --why 'REASON'", "reject {order} --why 'REASON'"),
    ),
    "WaitForShipping": Advice(
        "The parcel is on its way. The carrier's word ends the wait; where it is silent, it is asked.",
        "Nothing. Where the carrier says that the parcel has arrived, its webhook has not reached this stack: read the "
        "log of carrier-webhook. The order finds out when it asks the carrier.",
    ),
    "WaitToAsk": Advice(
        "The carrier's word cannot be waited for, so that the carrier is asked after a while.",
        "Nothing, unless it comes back to this again and again: then mend what the error names.",
    ),
    ASKS_FOR_HELP: Advice(
        "Undoing the order keeps failing, and a person is asked. The customer's money may still be held.",
        "Mend what keeps failing, then have the undoing tried again. What you have settled by hand instead, with the "
        "money given back, settle here, too: the books then say so.",
        ("retry {order} --why 'REASON'", "settle {order} --why 'REASON'"),
    ),
}
"""By the state in which a running order waits for somebody."""

FAILED_IN: Mapping[str, Advice] = {
    "OrderNotValidated": Advice(
        "The order could not be checked, or nobody could be asked about it. Nothing was charged.",
        "Mend what went wrong, then have the order tried again.",
        ("redrive {order}",),
    ),
    "CustomerNotTold": Advice(
        "The order ended without a charge, and the customer could not be told.",
        "Mend what went wrong, then have the customer told.",
        ("redrive {order}",),
    ),
    "DeliveredNotConfirmed": Advice(
        "The order has arrived and is paid. Only the confirmation could not be sent.",
        "Mend what went wrong, then have the confirmation sent.",
        ("redrive {order}",),
    ),
    "RefundedNotConfirmed": Advice(
        "The order is undone and the customer has the money back, but could not be told.",
        "Mend what went wrong, then have the customer told.",
        ("redrive {order}",),
    ),
    "CompensationStuck": Advice(
        "The order could not be undone, and nobody decided about it in time. The customer's money may still be held.",
        "Mend what keeps failing, then have the undoing tried again. Where it fails once more, it asks for a person "
        "again: then settle it by hand.",
        ("redrive {order}",),
    ),
}
"""By the Fail state in which an order ended."""

ENDED: Mapping[str, Advice] = {
    "TIMED_OUT": Advice(
        "The execution took longer than its machine allows, which is more than all its states may take.",
        "Find out what held it up, then have it go on.",
        ("redrive {order}",),
    ),
    "ABORTED": Advice(
        "Someone stopped the execution. What the order had done until then stays done: see what is held.",
        "Ask who stopped it, and why (CloudTrail has StopExecution). Then have it go on: it ends delivered or undone.",
        ("redrive {order}",),
    ),
    "FAILED": Advice(
        "An error ended the execution that no state can catch, such as a path that finds nothing or too much data.",
        "This is a defect of the definition: mend it and deploy, then have the order go on by the new definition.",
        ("redrive {order} --anew",),
    ),
    "SUCCEEDED": Advice("The order is through.", "Nothing."),
}
"""By how an execution ended, where no Fail state says more."""

WORKING = Advice(
    "A step is being done or tried again. The workflow goes on by itself: to the next step, or to the undoing.",
    "Wait for its attempts, which take minutes at most. Then ask again.",
    ("why {order}",),
)
"""In all other states of a running order."""

FORGOTTEN = Advice(
    "AWS has forgotten the order's execution, as it does 90 days after its end.",
    "Where the ledger's status is not final, send the order again, just as it was: it goes on where the ledger stands.",
    ("start FILE",),
)

TO_MEND: Mapping[str, Advice] = {
    "TechnicalError": Advice(
        "What the function works with did not do its part.", "Mend what the message names, or wait until it passes."
    ),
    "LedgerConflict": Advice(
        "The ledger's row does not fit the step.",
        "Compare the row's status with the steps that were taken before you have anything tried again.",
        ("history {order}",),
    ),
    "ClientError": Advice(
        "AWS refused a call of the function.",
        "Read in the message which call, and why. A missing permission is mended by deploying the stack again.",
    ),
    "Lambda.TooManyRequestsException": Advice(
        "Lambda throttles the function.",
        "Raise reservedConcurrency, or the account's limit of concurrent executions.",
    ),
    "Lambda.ResourceNotFoundException": Advice("The function is not there.", "Deploy the stack again."),
    "Lambda.AWSLambdaException": Advice(
        "Lambda refused the call, or failed itself.",
        "Read in the message which of the two. A missing permission is mended by deploying the stack again.",
    ),
    "Lambda.Unknown": Advice(
        "The function was killed: it ran out of time or memory.", "Read the end of its log, which names the limit."
    ),
    "Sandbox.Timedout": Advice(
        "The function ran out of its time.", "Read in its log what it waited for; mend that, or wait until it passes."
    ),
    "Runtime.": Advice(
        "The function's process did not start, or died.", "Deploy the commit that ran before (runbook, Roll back)."
    ),
    "States.Timeout": Advice(
        "The task had no answer in its time.", "Read in the function's log what it waited for; mend that."
    ),
    "States.DataLimitExceeded": Advice(
        "What a state takes in or gives exceeds 256 KiB.", "Mend the definition or the function, and deploy."
    ),
    "States.Runtime": Advice(
        "A path of the definition finds nothing in the data, or something else than it expects.",
        "Compare the state's input with its paths; mend the definition, and deploy.",
    ),
}
"""By the error of the step that failed; one that ends with a point stands for all that begin so."""


DIFFERENCES: Mapping[str, Advice] = {
    "CHARGE_NOT_RECORDED": Advice(
        "The provider holds or has taken money that the ledger does not know as charged.",
        "Have the order go on, which records it or gives it back. Where the ledger's status is final, give it back by "
        "hand at the provider.",
        ("redrive {order}",),
    ),
    "CAPTURE_NOT_RECORDED": Advice(
        "The provider has taken the money, and the ledger only knows it as held.",
        "Have the order go on, which records it.",
        ("redrive {order}",),
    ),
    "REFUND_NOT_RECORDED": Advice(
        "The provider has given the money back, and the ledger does not know it.",
        "Have the order go on, which records it. Do not settle it by hand: the customer would have it twice.",
        ("redrive {order}",),
    ),
    "UNDO_UNFINISHED": Advice(
        "The order is being undone for longer than that takes.",
        "Where a person is asked, decide. Else have it go on.",
        ("why {order}", "redrive {order}"),
    ),
    "DELIVERY_NOT_RECORDED": Advice(
        "The carrier has delivered the parcel, and the order does not know it.",
        "A running order finds out when it asks the carrier. Have another one go on.",
        ("redrive {order}",),
    ),
    "PARCEL_NOT_RECORDED": Advice(
        "The carrier has a parcel for the order, and the ledger does not know it.",
        "Have the order go on, which records it or stops it.",
        ("redrive {order}",),
    ),
    "NOT_CAPTURED": Advice(
        "The ledger says that the money was taken, and the provider only holds it.",
        "Capture it by hand at the provider before the hold ends.",
    ),
    "MONEY_GONE": Advice(
        "The ledger says that the customer has paid; the hold has expired, or the money was given back by hand.",
        "Stop the parcel, or ask the customer to pay.",
    ),
    "NEVER_CHARGED": Advice(
        "The ledger says that the customer has paid, and the provider never held any money.",
        "Where the order is not undone, stop the parcel, or ask the customer to pay. Where a person settled it, ask "
        "for the money back. Find out what recorded a charge.",
    ),
    "MONEY_KEPT": Advice(
        "The order has ended undelivered after a charge, and nobody has given the money back.",
        "Give it back by hand at the provider, and find out what closed the order.",
    ),
    "DELIVERED_UNPAID": Advice(
        "The order is closed as delivered, and the ledger knows of no charge, or of none that was captured.",
        "Ask the customer to pay, and find out what closed the order.",
    ),
    "NOT_GIVEN_BACK": Advice(
        "The ledger says that the customer has the money back, and the provider still has it: a refund failed later.",
        "Give it back by hand at the provider, or in another way.",
    ),
    "REFUNDED_AND_SETTLED": Advice(
        "A person has settled the order by hand, and the provider has given the money back, too.",
        "Ask whoever settled it (settledBy in the order's row): the customer has the money twice, unless it was by the "
        "provider that they gave it back. Where it was, say so.",
        ("accept {order} REFUNDED_AND_SETTLED --why 'REASON'",),
    ),
    "AMOUNT_DIFFERS": Advice(
        "The provider has another amount than was charged, such as after a refund in part.", "Settle the difference."
    ),
    "RETURN_REFUND_NOT_RECORDED": Advice(
        "The provider has given back more than the order's returns say.",
        "Where a return of the order is under way, start it again: it records what was given back. Else it was by "
        "hand: find out what for, and say so.",
        ("why {order}", "accept {order} RETURN_REFUND_NOT_RECORDED --why 'REASON'"),
    ),
    "RETURN_NOT_GIVEN_BACK": Advice(
        "The books say that the customer has money back for a return, and the provider still has it: a refund in part "
        "failed later.",
        "Give it back by hand at the provider, or in another way.",
    ),
    "RETURN_NOT_RECEIVED": Advice(
        "The carrier has brought a parcel back to us, and the return does not know it.",
        "Look into its execution, and start the return again where that has failed.",
        ("why {order}",),
    ),
    "RETURN_UNFINISHED": Advice(
        "A return stands still for longer than its steps take: it was neither refunded nor refused, or its goods not "
        "put back.",
        "Where a person is asked, decide. Else mend what its execution names, and start the return again, as it was: "
        "it goes on where its row stands.",
        ("why {order}", "decisions"),
    ),
    "RETURN_MISSING": Advice(
        "The order's row names a return of which there is no row.", "Look for it in the table's backup."
    ),
    "RETURN_WITHOUT_ORDER": Advice(
        "There is a return that its order does not name, or whose order nobody knows.",
        "Look for the order's row in the table's backup. Where money was given back for it, find out by whom.",
    ),
    "RETURNS_DIFFER": Advice(
        "What the order's row says was returned, refunded or put back is not what its returns come to.",
        "Compare the rows of its returns with the row's timeline, and correct the one that was changed by hand.",
    ),
    "RETURNED_TOO_MUCH": Advice(
        "More pieces came back than were delivered, or more money was given back than was paid.",
        "Find out which return should not have been accepted, and ask the customer.",
    ),
    "RESTOCK_DIFFERS": Advice(
        "What was put back into the stock is not what the order's row says.", "Count the stock, and correct it."
    ),
    "AMOUNT_WRONG": Advice(
        "What was quoted or charged is not what the order comes to at the catalogue's prices.",
        "Settle the difference with the customer, and find out what reckoned it. Where a price has changed, write "
        "beside it since when it holds (`priceSince`).",
    ),
    "UNKNOWN_PAYMENT": Advice(
        "The provider has money for the order by another payment than the ledger's.",
        "Give that one back by hand at the provider.",
    ),
    "PAYMENT_OF_ANOTHER": Advice(
        "The order's payment is another order's at the provider.", "Find out which of the two was paid for by it."
    ),
    "PAYMENT_WITHOUT_ORDER": Advice(
        "The provider has money for an order that nobody knows.", "Give it back by hand at the provider."
    ),
    "PAYMENT_MISSING": Advice(
        "The ledger knows of a charge or a payment, and the provider has no such payment.",
        "Look for it at the provider, in the account of this stack's key.",
    ),
    "DELIVERED_AND_REFUNDED": Advice(
        "The customer has the goods and the money.", "Ask the customer to pay or to send the goods back."
    ),
    "NOT_DELIVERED": Advice(
        "The order is closed as delivered, and the carrier does not say so.", "Ask the carrier, then the customer."
    ),
    "PARCEL_NOT_CANCELED": Advice(
        "The order is undone, and the carrier was never told to stop its parcel.", "Cancel it by hand at the carrier."
    ),
    "UNKNOWN_PARCEL": Advice(
        "The carrier has another parcel for the order than the ledger's.", "Cancel that one by hand at the carrier."
    ),
    "PARCEL_OF_ANOTHER": Advice(
        "The order's parcel is another order's at the carrier.", "Find out which of the two is sent in it."
    ),
    "PARCEL_WITHOUT_ORDER": Advice(
        "The carrier has a parcel for an order that nobody knows, or that was never charged.",
        "Cancel it by hand at the carrier.",
    ),
    "PARCEL_MISSING": Advice(
        "The ledger says that the order was shipped, and the carrier has no such parcel.",
        "Ask the carrier. Where it is not under way, have it sent or the order undone.",
    ),
    "RESERVATION_REMAINS": Advice(
        "The order is undone, and its stock is still set aside.",
        "Put the goods back into the stock by hand, and the reservation on RELEASED, or on WRITTEN_OFF where they are "
        "lost.",
    ),
    "RESERVATION_MISSING": Advice(
        "The ledger says that stock was set aside for the order, and no reservation does.",
        "Count the stock, and correct it.",
    ),
    "RESERVATION_DIFFERS": Advice(
        "What was set aside, released or written off is not what the order's row says.",
        "Count the stock, and correct it.",
    ),
    "RESERVATION_WITHOUT_ORDER": Advice(
        "Stock is set aside for an order that nobody knows, or that has not asked for it.",
        "Put the goods back into the stock by hand, and take the reservation away.",
    ),
    "STOCK_NEGATIVE": Advice(
        "More of a product was sold than there was.", "Count the stock, and tell the customers who wait for it."
    ),
    "ENTRIES_DIFFER": Advice(
        "The double entry does not add up to what the order's row says.",
        "Compare the entries with the row's timeline; a correction is an entry of its own.",
    ),
    "ENTRIES_WITHOUT_ORDER": Advice(
        "There are entries for an order that nobody knows.", "Look for the order's row in the table's backup."
    ),
    "VIEW_DIFFERS": Advice(
        "Customers are shown something else than the order's row says.",
        "Look into the queue `poison-events` and the log of `order-events`; the order's next change mends it.",
    ),
    "VIEW_MISSING": Advice(
        "Customers are not shown the order.",
        "Look into the queue `poison-events` and the log of `order-events`; the order's next change mends it.",
    ),
    "VIEW_WITHOUT_ORDER": Advice(
        "Customers are shown an order that nobody knows.", "Look for the order's row in the table's backup."
    ),
    **{
        f"{name}_UNREADABLE": Advice(f"{what} cannot be read; the reason stands beside it.", do)
        for name, what, do in (
            ("ORDER", "The order's row", "Mend the row, by the table's backup where it was changed by hand."),
            ("PAYMENT", "A payment of the provider's", "Mend what the reason names, or wait until it passes."),
            ("PARCEL", "A parcel of the carrier's", "Mend what the reason names, or wait until it passes."),
            ("ENTRIES", "The order's double entry", "Mend the entry, by the table's backup."),
            ("RESERVATION", "The order's reservation", "Mend the row, by the table's backup."),
            (
                "VIEW",
                "What customers are shown of the order",
                "Take the row away; the order's next change makes it anew.",
            ),
            ("PRICES", "What the catalogue says of the order's products", "Mend the rows of the products."),
            ("STOCK", "How much there is of a product", "Count the stock, and write it."),
            ("RETURN", "The row of a return", "Mend the row, by the table's backup where it was changed by hand."),
        )
    },
    "NOT_COMPARED": Advice(
        "The order could not be compared; the reason stands beside it.",
        "Mend what the reason names, then have it compared alone.",
        ("repair {order}",),
    ),
    "BOOK_NOT_LISTED": Advice(
        "One of the books could not be listed, so that what only it knows of was not looked at.",
        "Mend what the reason names, then have all compared again.",
        ("reconcile",),
    ),
}
"""By the kind of difference between our books, the provider's and the carrier's."""

ANY_DIFFERENCE = Advice(
    "The books differ in a way that this command does not know: the stack is newer.", "Upgrade the command."
)


def advice_on(kind: str) -> Advice:
    """What to do about a kind of difference."""
    return DIFFERENCES.get(kind, ANY_DIFFERENCE)


MENDED_BY_REDRIVE = frozenset(
    {
        *("CHARGE_NOT_RECORDED", "CAPTURE_NOT_RECORDED", "REFUND_NOT_RECORDED", "UNDO_UNFINISHED"),
        *("DELIVERY_NOT_RECORDED", "PARCEL_NOT_RECORDED"),
    }
)
"""The differences that are gone when the order goes on, unless the ledger has closed it."""


def next_steps(
    order_id: str, *, status: str | None, state: str | None, ended_in: str | None, error: str | None
) -> tuple[NextStep, ...]:
    """What to do about an order.

    `status` is its execution's, None where there is none; `state` the one it is in, `ended_in` the Fail state that it
    ended in, `error` the name of what went wrong.
    """
    advice = [*_mending(error), _by_state(status, state, ended_in)]
    return tuple(NextStep(one.do, tuple(c.format(order=order_id) for c in one.commands)) for one in advice)


def mending(error: str | None) -> Iterator[NextStep]:
    """What to do about an error of which it does not matter whose it is, but for commands about orders."""
    for advice in _mending(error):
        if not advice.commands:
            yield NextStep(advice.do, ())


def _mending(error: str | None) -> Iterator[Advice]:
    for name, advice in TO_MEND.items():
        if error and (error == name or (name.endswith(".") and error.startswith(name))):
            yield advice


def _by_state(status: str | None, state: str | None, ended_in: str | None) -> Advice:
    if status is None:
        return FORGOTTEN
    if status == "RUNNING":
        return WAITING.get(state or "", WORKING)
    return FAILED_IN.get(ended_in or "", ENDED[status])


def as_markdown() -> str:
    """The tables of states and errors for the runbook."""
    rows = [
        *(("waits in", name, advice) for name, advice in WAITING.items()),
        ("is in", "any other state", WORKING),
        *(("failed in", name, advice) for name, advice in FAILED_IN.items()),
        *(("ended", name, advice) for name, advice in ENDED.items()),
    ]
    lines = ["| the order | what it means | what to do |", "|---|---|---|"]
    for how, name, advice in rows:
        lines.append(f"| {how} `{name}` | {advice.means} | {_done(advice)} |")
    lines += ["", "| error | what it means | mend it |", "|---|---|---|"]
    for name, advice in TO_MEND.items():
        lines.append(f"| `{name}{'…' if name.endswith('.') else ''}` | {advice.means} | {_done(advice)} |")
    return "\n".join(lines) + "\n"


def differences_as_markdown() -> str:
    """The table of differences for the runbook."""
    lines = ["| difference | what it means | what to do |", "|---|---|---|"]
    lines += [f"| `{name}` | {advice.means} | {_done(advice)} |" for name, advice in DIFFERENCES.items()]
    return "\n".join(lines) + "\n"


def _done(advice: Advice) -> str:
    commands = ", ".join(f"`orderflow {command.format(order='ORDER')}`" for command in advice.commands)
    return f"{advice.do} {commands}".strip()
