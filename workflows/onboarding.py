"""Customer onboarding: check who it is, scan the document, ask a person where that is not clear, open the account.

An execution is given an applicant's id and nothing else: what is personal stays in the table of applications and the
bucket of documents, and neither the history nor a message has it. Of the way its variables tell:

    $applicantId     whom it is about
    $reasons         why a person has to look, a sentence each; empty where nobody has to
    $documentStatus  what the scan of the document came to
    $asked           how often people were asked
    $accountId       the account, once it is open
    $outcome, $reason  how it ends, and why, in words for the applicant

The one exception is a first order: it is the input of the order's own execution, so this one's history has it as well.

An account that was opened ends welcomed, closed again, or with a person: `ONBOARDING_PROMISES` says so, and is proven
in every preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from asl import MustReach, Node, longest_seconds, retry, retry_lambda, walk

TASK_SECONDS = 30
"""How long one call of a function, a table, a topic or a queue may take."""

SCAN_SECONDS = 600
"""How long a container may take, its start included."""

TIMES_ASKED = 3
"""How often people are asked about an applicant before nobody is any more."""

MARGIN_SECONDS = 3600
"""What the machine's own timeout leaves beyond its longest path: that timeout cannot be caught."""

PASSED, FAILED = "PASSED", "FAILED"
"""What the identity API says of an applicant; any other answer is none."""

KEY_REFUSED = ("States.Http.StatusCode.401", "States.Http.StatusCode.403")

ONBOARDING_PROMISES = (
    MustReach(
        "CreateAccount",
        frozenset({"Onboarded", "CloseAccount", "AccountNotClosed", "FirstOrderNotPlaced", "FirstOrderFailed"}),
        unless=frozenset({"AccountExists"}),
    ),
)
"""Whatever happens, an account that may have been opened has its welcome, is closed, or is known to a person."""


@dataclass(frozen=True)
class OnboardingParts:
    """What the workflow calls: a component, a Pulumi Output or an ARN, name or URL each.

    `identity_url` is the API's address, `connection` how to sign in there, and `identity_seconds` how long it may take,
    60 at most. `scan` are the arguments that run the container called `container`. `orders` is the order machine, whose
    executions take `order_seconds` at most.
    """

    check_application: Any
    identity_url: str
    identity_seconds: int
    connection: Any
    scan: Node
    container: str
    applicants: Any
    reviews: Any
    create_account: Any
    close_account: Any
    notices: Any
    orders: Any
    order_seconds: int


def onboarding(parts: OnboardingParts, review_seconds: int) -> Node:
    """The definition of the Standard machine; people have `review_seconds` each time that they are asked."""
    definition: Node = {
        "Comment": "Examine an applicant, ask a person where that leaves doubts, and open an account",
        "QueryLanguage": "JSONata",
        "StartAt": "CheckApplication",
        "States": {**_examining(parts), **_reviewing(parts, review_seconds), **_opening(parts), **_ending(parts)},
    }
    visits: dict[str, int] = dict.fromkeys(("AskReviewer", "CountAsked", "IsAskedAgain"), TIMES_ASKED)
    return {**definition, "TimeoutSeconds": ceil(longest_seconds(walk(definition), visits)) + MARGIN_SECONDS}


def _examining(parts: OnboardingParts) -> Node:
    """The application, the identity and the document."""
    return {
        "CheckApplication": {
            **_call(parts.check_application, _GIVEN),
            "Assign": {
                "applicantId": "{% $states.result.applicantId %}",
                "hasFirstOrder": "{% $states.result.hasFirstOrder %}",
                "accountId": "",
                "asked": 0,
            },
            "Retry": retry_lambda("ApplicationRefused"),
            "Catch": [
                _caught(
                    "ApplicationRefused",
                    to="NotifyDeclined",
                    applicantId=_GIVEN,
                    accountId="",
                    outcome="REFUSED",
                    reason=_MESSAGE,
                ),
                _gave_up("ApplicationNotChecked"),
            ],
            "Next": "CheckIdentity",
        },
        # The API has what the applicant told it; it is asked by the id. Nobody is asked twice for one key.
        "CheckIdentity": {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Arguments": {
                "ApiEndpoint": f"{parts.identity_url}/checks",
                "Method": "POST",
                "Authentication": {"ConnectionArn": parts.connection},
                "Headers": {"Idempotency-Key": "{% $applicantId %}"},
                "RequestBody": {"applicantId": "{% $applicantId %}"},
            },
            "TimeoutSeconds": parts.identity_seconds,
            # No retrier reads Retry-After, so whoever is told to wait waits some minutes in all.
            "Retry": [
                retry("States.Http.StatusCode.429", interval=5, attempts=8, longest=60),
                {"ErrorEquals": list(KEY_REFUSED), "MaxAttempts": 0},
                retry(
                    *(f"States.Http.StatusCode.{code}" for code in (500, 502, 503, 504)),
                    *("States.Http.Socket", "States.Timeout"),
                    interval=2,
                    attempts=3,
                    longest=30,
                ),
            ],
            "Assign": {"identity": _VERDICT, "reasons": _DOUBTS},
            "Catch": [
                _gave_up("IdentityNotChecked", *KEY_REFUSED),
                _caught(
                    "States.ALL",
                    to="ScanDocument",
                    identity="UNKNOWN",
                    reasons="{% ['The identity check failed: ' & $states.errorOutput.Error & '.'] %}",
                ),
            ],
            "Next": "IsWhoTheySay",
        },
        "IsWhoTheySay": {
            "Type": "Choice",
            "Choices": [
                _declining(f"{{% $identity = '{FAILED}' %}}", "Your identity could not be confirmed."),
            ],
            "Default": "ScanDocument",
        },
        "ScanDocument": {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "Arguments": {
                **parts.scan,
                "Overrides": {
                    "ContainerOverrides": [
                        {
                            "Name": parts.container,
                            "Environment": [{"Name": "APPLICANT_ID", "Value": "{% $applicantId %}"}],
                        }
                    ]
                },
            },
            "Output": {},
            "TimeoutSeconds": SCAN_SECONDS,
            # A container that is killed, or for which there is no room just now.
            "Retry": [retry("States.TaskFailed", "States.Timeout", interval=5, attempts=2, longest=60)],
            "Catch": [_doubt("The document could not be scanned.", to="AskReviewer")],
            "Next": "ReadScan",
        },
        "ReadScan": {
            **_read(parts.applicants, "documentStatus"),
            "Assign": {
                "documentStatus": _STATUS,
                "reasons": _SCANNED,
            },
            "Output": {},
            "Catch": [_doubt("What the scan of the document came to could not be read.", to="AskReviewer")],
            "Next": "IsClear",
        },
        "IsClear": {
            "Type": "Choice",
            "Choices": [
                _declining("{% $documentStatus = 'EXPIRED' %}", "Your document has expired."),
                {"Condition": "{% $count($reasons) = 0 %}", "Next": "CreateAccount"},
            ],
            "Default": "AskReviewer",
        },
        "ApplicationNotChecked": _fail("ApplicationNotChecked", "Nothing was made; start again for applicant "),
        "IdentityNotChecked": _fail(
            "IdentityNotChecked", "The identity API refuses the key: put it in, and start again for applicant "
        ),
    }


def _reviewing(parts: OnboardingParts, review_seconds: int) -> Node:
    """People, who are asked by a message with the task's token; without an answer in time a new one is sent."""
    return {
        "AskReviewer": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Arguments": {
                "QueueUrl": parts.reviews,
                "MessageBody": {
                    "token": "{% $states.context.Task.Token %}",
                    # Of each attempt its own, as its token is.
                    "reviewId": (
                        "{% $applicantId & '#' & $states.context.State.EnteredTime & '#' "
                        "& $string($states.context.State.RetryCount) %}"
                    ),
                    "applicantId": "{% $applicantId %}",
                    "reasons": "{% $reasons %}",
                    "expiresAt": _later(review_seconds),
                },
            },
            "TimeoutSeconds": review_seconds,
            "Retry": [
                {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 0},
                retry("States.ALL", attempts=3, longest=30),
            ],
            "Assign": {"verdict": "{% $states.result.verdict %}"},
            "Output": {},
            "Catch": [
                {"ErrorEquals": ["States.Timeout"], "Output": {}, "Next": "CountAsked"},
                _gave_up("ReviewNotAsked"),
            ],
            "Next": "IsApproved",
        },
        "IsApproved": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $verdict = 'APPROVED' %}", "Next": "CreateAccount"}],
            "Default": "NotifyDeclined",
            "Assign": {"outcome": "DECLINED", "reason": "A person has looked at your application and declined it."},
        },
        "CountAsked": {"Type": "Pass", "Assign": {"asked": "{% $asked + 1 %}"}, "Next": "IsAskedAgain"},
        "IsAskedAgain": {
            "Type": "Choice",
            "Choices": [{"Condition": f"{{% $asked < {TIMES_ASKED} %}}", "Next": "AskReviewer"}],
            "Default": "NotifyDeclined",
            "Assign": {
                "outcome": "NOT_REVIEWED",
                "reason": "Nobody could look at your application in time; you are welcome to apply again.",
            },
        },
        "ReviewNotAsked": _fail("ReviewNotAsked", "No reviewer could be asked; start again for applicant "),
    }


def _opening(parts: OnboardingParts) -> Node:
    """The account, its welcome and its first order, and what takes the account back."""
    uncertain = "Your account could not be opened; you are welcome to apply again."
    return {
        "CreateAccount": {
            **_call(parts.create_account, "{% $applicantId %}"),
            "Assign": {"accountId": "{% $states.result.accountId %}"},
            "Output": {},
            "Retry": retry_lambda("AccountExists"),
            "Catch": [
                _caught("AccountExists", to="NotifyDeclined", outcome="DECLINED", reason=_MESSAGE),
                _caught("States.ALL", to="CloseAccount", outcome="NOT_OPENED", reason=uncertain),
            ],
            "Next": "Welcome",
        },
        "Welcome": {
            **_notify(parts.notices, "OPENED", "Your account is open."),
            # Nobody may have an account without knowing.
            "Catch": [
                _caught(
                    "States.ALL",
                    to="CloseAccount",
                    outcome="NOT_WELCOMED",
                    reason="You could not be told of your account, which was closed; you are welcome to apply again.",
                )
            ],
            "Next": "WantsToOrder",
        },
        "WantsToOrder": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $hasFirstOrder %}", "Next": "ReadFirstOrder"}],
            "Default": "Onboarded",
        },
        "ReadFirstOrder": {
            **_read(parts.applicants, "firstOrder"),
            "Output": "{% $parse($states.result.Item.firstOrder.S) %}",
            "Catch": [_gave_up("FirstOrderNotPlaced")],
            "Next": "FirstOrder",
        },
        # Named as its order, by which no other execution of it is begun. Whoever would stop it stops an order.
        "FirstOrder": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {
                "StateMachineArn": parts.orders,
                "Name": "{% $states.input.orderId %}",
                "Input": "{% $states.input %}",
            },
            "TimeoutSeconds": parts.order_seconds,
            "Retry": [
                {
                    "ErrorEquals": ["StepFunctions.ExecutionAlreadyExistsException", "States.TaskFailed"],
                    "MaxAttempts": 0,
                }
            ],
            "Assign": {"orderOutcome": "{% $states.result.Output.ended.outcome %}"},
            "Output": {},
            "Catch": [
                {
                    "ErrorEquals": ["StepFunctions.ExecutionAlreadyExistsException"],
                    "Output": {},
                    "Next": "Onboarded",
                },
                _gave_up("FirstOrderFailed"),
            ],
            "Next": "IsOrderTaken",
        },
        "IsOrderTaken": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $orderOutcome in ['REJECTED', 'DECLINED', 'NOT_APPROVED'] %}",
                    "Assign": {
                        "outcome": "ORDER_REFUSED",
                        "reason": "Your first order could not be accepted, so that the account it was for was closed.",
                    },
                    "Next": "CloseAccount",
                }
            ],
            "Default": "Onboarded",
        },
        "CloseAccount": {
            **_call(parts.close_account, "{% $applicantId %}"),
            "Assign": {"accountId": "{% $states.result.accountId %}"},
            "Output": {},
            "Retry": retry_lambda(),
            "Catch": [_gave_up("AccountNotClosed")],
            "Next": "NotifyClosed",
        },
        "NotifyClosed": {
            **_notify(parts.notices, "{% $outcome %}", "{% $reason %}"),
            "Catch": [_gave_up("ApplicantNotTold")],
            "Next": "AccountClosed",
        },
    }


def _ending(parts: OnboardingParts) -> Node:
    return {
        "NotifyDeclined": {
            **_notify(parts.notices, "{% $outcome %}", "{% $reason %}"),
            "Catch": [_gave_up("ApplicantNotTold")],
            "Next": "Declined",
        },
        "Onboarded": _end("OPENED", "The account is open."),
        "Declined": _end("{% $outcome %}", "{% $reason %}"),
        "AccountClosed": _end("{% $outcome %}", "{% $reason %}"),
        "FirstOrderNotPlaced": _fail(
            "FirstOrderNotPlaced", "The account is open, its first order was not placed; start again for applicant "
        ),
        "FirstOrderFailed": _fail(
            "FirstOrderFailed", "The account is open, its first order failed and says why; applicant "
        ),
        "AccountNotClosed": _fail("AccountNotClosed", "The account has to be closed; start again for applicant "),
        "ApplicantNotTold": _fail("ApplicantNotTold", "No account is open; start again, to tell applicant "),
    }


_GIVEN = "{% $type($states.input.applicantId) = 'string' ? $substring($states.input.applicantId, 0, 80) : '' %}"
"""The id as whoever started the execution gave it."""

_MESSAGE = (
    "{% $contains($states.errorOutput.Cause, 'errorMessage') "
    "? $parse($states.errorOutput.Cause).errorMessage : $states.errorOutput.Error %}"
)
"""What a function says of the error that it raised."""

_VERDICT = (
    "{% $type($states.result.ResponseBody) = 'object' "
    f"and $states.result.ResponseBody.verdict in ['{PASSED}', '{FAILED}'] "
    "? $states.result.ResponseBody.verdict : 'UNKNOWN' %}"
)
"""An API that answers a web page has answered with a text."""

_DOUBTS = (
    "{% $type($states.result.ResponseBody) != 'object' ? ['The identity check answered something that is no JSON.'] "
    f": $states.result.ResponseBody.verdict in ['{PASSED}', '{FAILED}'] ? [] "
    ": ['The identity check is not sure.'] %}"
)
_STATUS = "{% [$states.result.Item.documentStatus.S, 'UNREADABLE'][0] %}"
_SCANNED = (
    "{% $states.result.Item.documentStatus.S = 'CLEAR' ? $reasons : $append($reasons, "
    "[$states.result.Item.documentStatus.S = 'MISMATCH' ? 'The document is not in the name and birth date given.' "
    ": 'The document cannot be read.']) %}"
)


def _later(seconds: int) -> str:
    """The moment so long after a state was entered."""
    return f"{{% $fromMillis($toMillis($states.context.State.EnteredTime) + {seconds * 1000}) %}}"


def _call(function: Any, applicant_id: str) -> Node:
    """A task that hands an applicant's id to a function."""
    return {
        "Type": "Task",
        "Resource": function,
        "Arguments": {"executionId": "{% $states.context.Execution.Id %}", "applicantId": applicant_id},
        "TimeoutSeconds": TASK_SECONDS,
    }


def _read(applicants: Any, attribute: str) -> Node:
    """A task that reads one attribute of the application, and nothing personal beside it."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem",
        "Arguments": {
            "TableName": applicants,
            "Key": {"applicantId": {"S": "{% $applicantId %}"}},
            "ProjectionExpression": attribute,
            "ConsistentRead": True,
        },
        "TimeoutSeconds": TASK_SECONDS,
        "Retry": [retry("States.ALL", attempts=4, longest=30)],
    }


def _notify(notices: Any, outcome: str, reason: str) -> Node:
    """A task that tells the applicant, by the id: who sends the letter looks the address up. A notice may come twice,
    when SNS took it and did not say so; it is the same one by its `noticeId`."""
    message = {
        "noticeId": "{% $applicantId & '#' & $states.context.State.Name & '#' & $states.context.Execution.Name %}",
        "applicantId": "{% $applicantId %}",
        "accountId": "{% $accountId %}",
        "outcome": outcome,
        "message": reason,
    }
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Arguments": {"TopicArn": notices, "Message": message},
        "Output": {},
        "TimeoutSeconds": TASK_SECONDS,
        "Retry": [retry("States.ALL", attempts=5, longest=60)],
    }


def _caught(error: str, *, to: str, **assigned: str) -> Node:
    """A catcher that keeps what is said of the error, and lets none of the failed task's data pass."""
    return {"ErrorEquals": [error], "Assign": assigned, "Output": {}, "Next": to}


def _doubt(why: str, *, to: str) -> Node:
    """A catcher that makes of a failure a reason for a person to look."""
    return _caught("States.ALL", to=to, reasons=f"{{% $append($reasons, ['{why}']) %}}")


def _gave_up(to: str, *errors: str) -> Node:
    """A catcher that leads to the Fail state `to`."""
    return {"ErrorEquals": [*(errors or ("States.ALL",))], "Output": "{% $states.errorOutput %}", "Next": to}


def _declining(condition: str, reason: str) -> Node:
    """A rule of a Choice that ends with the applicant declined."""
    return {
        "Condition": condition,
        "Assign": {"outcome": "DECLINED", "reason": reason},
        "Next": "NotifyDeclined",
    }


def _end(outcome: str, reason: str) -> Node:
    return {
        "Type": "Succeed",
        "Output": {"applicantId": "{% $applicantId %}", "outcome": outcome, "reason": reason},
    }


def _fail(error: str, advice: str) -> Node:
    """The end of an application that failed for technical reasons; its cause is what to do next."""
    return {
        "Type": "Fail",
        "Error": error,
        "Cause": f"{{% '{advice}' & $states.context.Execution.Input.applicantId & ': ' & $states.input.Error %}}",
    }
