"""Each component for a workflow of one's own, once: a customer signs up.

docs/components.md is made of this file: a paragraph that begins with names tells how to use them.
"""

from pathlib import Path

import pulumi

from components import (
    Alarms,
    AlarmsArgs,
    ApiKey,
    Bucket,
    Connection,
    ConnectionArgs,
    Dashboard,
    DependencyLayer,
    ExistingFunction,
    Function,
    FunctionArgs,
    IndexArgs,
    Key,
    LocalIndexArgs,
    Logs,
    Queue,
    QueueArgs,
    Requirements,
    Secret,
    StateMachine,
    StateMachineArgs,
    Subscription,
    Table,
    TableArgs,
    Task,
    TaskArgs,
    Topic,
    Use,
    Webhook,
    function_alarms,
    function_row,
    machine_alarms,
    machine_rows,
    name_by,
    tag_and_bound,
)

here, config = Path(__file__).parent, pulumi.Config()

# name_by, tag_and_bound: A team's policy for names and tags stands in one place, before the first component. This
# pattern holds without it, too; `acme-{purpose}-{stack}` is as good. A name that gets too long for its service, or
# holds what that does not take, stops the preview. A resource's own tags win; a boundary, where one is given, is put
# on every role.
name_by("{project}-{stack}-{purpose}")
tags = {"Team": "onboarding", "Project": pulumi.get_project(), "Stack": pulumi.get_stack()}
tag_and_bound(tags, config.get("permissionsBoundary") or "")

# Key, Logs: One key encrypts a stack's topics and logs; one `Logs` says for all how much is logged, and how long it is
# kept.
key = Key("key", days=7)
logs = Logs(retention_days=30, level="ERROR", key=key)

# Table, TableArgs, IndexArgs, LocalIndexArgs: Keys are texts unless `types` says otherwise. Whoever reads nothing but
# an index is given that alone: `customers.index("by-status")`.
customers = Table(
    "customers",
    TableArgs(
        "customer",
        keep=False,
        sort_key="at",
        types={"at": "N"},
        expires_at="forgotten",
        stream=True,
        stream_view="NEW_AND_OLD_IMAGES",
        indexes=[IndexArgs("by-status", "status", "at", holds=("name",))],
        local_indexes=[LocalIndexArgs("by-country", "country", holds="ALL")],
    ),
)

# Bucket: With `days` its objects are gone after these, and with None they stay.
documents = Bucket("documents", days=30)

# Topic: Whoever publishes is given its key, too, a function by `uses` and a machine by its definition.
events = Topic("events", key)

# Queue, QueueArgs, Subscription: A queue says which topics it takes messages of, and which of their messages; it lets
# just these send. What nobody could handle in five times goes to its dead letters.
dead_reviews = Queue("dead-reviews", QueueArgs(keep=False))
reviews = Queue(
    "reviews",
    QueueArgs(
        keep=False,
        visibility_seconds=300,
        dead_letters=dead_reviews,
        subscriptions=[Subscription(events, {"kind": ["review-wanted"]})],
    ),
)

# Secret: Made empty; whoever operates the stack puts its value in.
signing_key = Secret("signing-key", keep=False)

# DependencyLayer, Requirements: What Python's handlers import beside the runtime, built for the architecture and the
# Python that the functions have. `Lock` takes a group of a `uv.lock` instead.
layer = DependencyLayer("libraries", Requirements(here / "requirements.txt"), runtime="python3.14")

# Function, FunctionArgs, Use: The zip of a handler in Python holds what it imports and no more. What it works on and
# the calls it makes there are its whole role; it reads the names from its environment.
register = Function(
    "register",
    FunctionArgs(
        "register",
        layer,
        [Use("CUSTOMERS", customers, ("dynamodb:putItem",)), Use("EVENTS", events, ("sns:publish",))],
        logs,
        sources=here / "lambdas",
        runtime="python3.14",
    ),
)

# Function: Of any other language it is a folder as it is, here what a bundler wrote, with the handler that Lambda
# calls; `provided.al2023` runs a `bootstrap`. Runtimes that AWS has given up are told with their last days.
pricing = Function(
    "pricing",
    FunctionArgs("index.handler", None, [], logs, sources=here / "pricing", runtime="nodejs24.x"),
)

# Function: An image of ECR brings all that it runs. By its digest it is the same image tomorrow.
image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/scoring@sha256:" + "0" * 64
scoring = Function("scoring", FunctionArgs(None, None, [], logs, image=image, memory=2048))

# ExistingFunction: What another team deploys, by its name or its ARN. It stands in a definition as any function does,
# and the machine may call it and nothing else.
mailing = ExistingFunction("mailing", "mailing-prod", "live")

# Connection, ConnectionArgs, ApiKey, Basic, OAuth: How an HTTP Task signs in. EventBridge keeps the credentials in a
# secret, which machines with the connection in their definition may read.
identity = Connection("identity", ConnectionArgs(ApiKey("X-Api-Key", config.require_secret("identityKey"))))

# Task, TaskArgs: A container on Fargate, for what takes longer or needs more than a function may. `arguments` holds
# its cluster, its network and itself; a machine that runs it may hand over its roles, and to ECS alone.
scan = Task(
    "scan",
    TaskArgs(
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/scan@sha256:" + "0" * 64,
        [config.require("subnet")],
        [Use("DOCUMENTS", documents, ("s3:getObject",))],
        logs,
        cpu=1024,
        memory=4096,
    ),
)

# StateMachine, StateMachineArgs: A definition is a dict that holds the components themselves. It is checked in every
# preview, and its role is derived from it.
again = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 3, "BackoffRate": 2, "JitterStrategy": "FULL"}
definition = {
    "Comment": "A customer signs up",
    "QueryLanguage": "JSONata",
    "TimeoutSeconds": 9000,
    "StartAt": "CheckIdentity",
    "States": {
        "CheckIdentity": {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Arguments": {
                "ApiEndpoint": "https://identity.example.com/checks",
                "Method": "POST",
                "Authentication": {"ConnectionArn": identity},
                "RequestBody": {"name": "{% $states.input.name %}"},
            },
            "Output": "{% $states.input %}",
            "TimeoutSeconds": 60,
            "Retry": [again],
            "Next": "ScanDocuments",
        },
        "ScanDocuments": {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "Arguments": {
                **scan.arguments,
                "Overrides": {
                    "ContainerOverrides": [{"Name": scan.container, "Command": ["{% $states.input.customer %}"]}]
                },
            },
            "Output": "{% $states.input %}",
            "TimeoutSeconds": 1800,
            "Retry": [again],
            "Next": "Register",
        },
        "Register": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": register, "Payload": "{% $states.input %}"},
            "Output": "{% $states.input %}",
            "TimeoutSeconds": 60,
            "Retry": [again],
            "Next": "Welcome",
        },
        "Welcome": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": mailing, "Payload": "{% $states.input %}"},
            "TimeoutSeconds": 60,
            "Retry": [again],
            "End": True,
        },
    },
}
onboarding = StateMachine("onboarding", StateMachineArgs(definition, logs))

# Webhook: A function's URL that everyone may call; the function checks a signature.
notify = Function(
    "notify",
    FunctionArgs(
        "notify",
        None,
        [Use("KEY", signing_key, ("secretsmanager:getSecretValue",))],
        logs,
        sources=here / "lambdas",
        is_public=True,
    ),
)
webhook = Webhook("notify", notify)

# Alarms, AlarmsArgs: What a person has to look at, with what to do about it in the message.
rings = [*machine_alarms(onboarding), *function_alarms(register)]
Alarms("alarms", AlarmsArgs("oncall@example.com", key, rings))

# Dashboard: Rows of graphs on one page.
Dashboard("onboarding", [*machine_rows([onboarding]), function_row([register, pricing, scoring])])
