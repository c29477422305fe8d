"""How an HTTP Task signs in at an API: a connection of EventBridge, which keeps the credentials in a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import pulumi
import pulumi_aws as aws

from asl.syntax.hints import nearest

from .naming import CONNECTION, physical_name


@dataclass(frozen=True)
class ApiKey:
    """A header `name` with a secret `value`: `ApiKey("X-Api-Key", config.require_secret("apiKey"))`."""

    name: str
    value: pulumi.Input[str]


@dataclass(frozen=True)
class Basic:
    """A user's name and password, by RFC 7617."""

    username: pulumi.Input[str]
    password: pulumi.Input[str]


Method: TypeAlias = Literal["GET", "POST", "PUT"]


@dataclass(frozen=True)
class OAuth:
    """Client credentials, by RFC 6749: EventBridge gets a token at `endpoint` and sends that. `body` are fields that
    the endpoint wants beside these, such as `{"scope": "read"}`."""

    endpoint: pulumi.Input[str]
    client_id: pulumi.Input[str]
    client_secret: pulumi.Input[str]
    method: Method = "POST"
    body: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


Credentials: TypeAlias = ApiKey | Basic | OAuth

NOT_PUT_IN = "not-put-in"
"""What a secret is until somebody puts it in. As it never changes here, no deployment puts it back."""


@dataclass(frozen=True)
class ConnectionArgs:
    """`credentials` are an `ApiKey`, `Basic` or `OAuth`; what is secret of them is so in Pulumi's state, too.
    `headers` go with each call beside them."""

    credentials: Credentials
    headers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


_TEXT = re.compile(r"[^\x00-\x08\x0a-\x1f:\x7f]{1,512}")


class ConnectionRefusedError(ValueError, pulumi.RunError):
    """A connection that EventBridge would refuse, which Pulumi shows as what the user has to mend."""


class Connection(pulumi.ComponentResource):
    """A connection of EventBridge. In a definition it stands for its ARN, and whoever calls by it may read its secret:

        {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Arguments": {
            "ApiEndpoint": "https://api.example.com/checks", "Method": "POST",
            "Authentication": {"ConnectionArn": identity}}}

    https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html

    Raises:
        ConnectionRefusedError: for an endpoint without TLS, a method that there is none of, or what else EventBridge
            would refuse of the credentials, before any resource is registered.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    stand_in: bool
    """Whether it is made without its secret, which somebody puts in."""

    def __init__(self, name: str, args: ConnectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _require(name, args.credentials)
        super().__init__("orderflow:index:Connection", name, None, opts)
        type, credentials = _authorization(args.credentials)
        connection = aws.cloudwatch.EventConnection(
            name,
            name=physical_name(name, CONNECTION, self),
            authorization_type=type,
            auth_parameters=aws.cloudwatch.EventConnectionAuthParametersArgs(
                **credentials, invocation_http_parameters=_headers(args.headers)
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name, self.arn, self.secret_arn = connection.name, connection.arn, connection.secret_arn
        self.stand_in = _secret(args.credentials) == NOT_PUT_IN
        self.register_outputs({"arn": self.arn})


def _require(name: str, credentials: Credentials) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnectionOAuthRequestParameters.html"""
    if wrong := next(_wrong_with(credentials), None):
        raise ConnectionRefusedError(f"connection '{name}': {wrong}")


def _wrong_with(credentials: object) -> Iterator[str]:
    match credentials:
        case ApiKey(name, value):
            yield from _wrong_with_texts(name=name, value=value)
        case Basic(username, password):
            yield from _wrong_with_texts(username=username, password=password)
        case OAuth():
            methods = get_args(Method)
            if credentials.method not in methods:
                near = nearest(credentials.method, methods)
                yield f"`method` is {', '.join(methods)}, not {credentials.method!r}{near}"
            endpoint = credentials.endpoint
            if isinstance(endpoint, str) and not re.fullmatch(r"https://\S+", endpoint):
                yield f"`endpoint` is {endpoint!r}, and EventBridge sends credentials to https:// alone"
            yield from _wrong_with_texts(client_id=credentials.client_id, client_secret=credentials.client_secret)
        case _:
            yield f"`credentials` are an ApiKey, Basic or OAuth, and this is of {type(credentials).__name__}"


def _wrong_with_texts(**given: object) -> Iterator[str]:
    """Never says what they are: they may be secret.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnectionApiKeyAuthRequestParameters.html
    """
    for what, text in given.items():
        if isinstance(text, str) and not _TEXT.fullmatch(text):
            yield f"`{what}` is empty, too long or has a character that no header has: 1 to 512, no colon or line end"


def _authorization(credentials: Credentials) -> tuple[str, dict[str, Any]]:
    """A connection's type, and its parameters for that."""
    secret = pulumi.Output.secret
    match credentials:
        case ApiKey(name, value):
            given = aws.cloudwatch.EventConnectionAuthParametersApiKeyArgs(key=name, value=secret(value))
            return "API_KEY", {"api_key": given}
        case Basic(username, password):
            given = aws.cloudwatch.EventConnectionAuthParametersBasicArgs(username=username, password=secret(password))
            return "BASIC", {"basic": given}
        case OAuth():
            return "OAUTH_CLIENT_CREDENTIALS", {"oauth": _oauth(credentials)}


def _secret(credentials: Credentials) -> object:
    match credentials:
        case ApiKey():
            return credentials.value
        case Basic():
            return credentials.password
        case OAuth():
            return credentials.client_secret


def _oauth(credentials: OAuth) -> aws.cloudwatch.EventConnectionAuthParametersOauthArgs:
    fields = [
        aws.cloudwatch.EventConnectionAuthParametersOauthOauthHttpParametersBodyArgs(
            key=key, value=value, is_value_secret=False
        )
        for key, value in credentials.body.items()
    ]
    return aws.cloudwatch.EventConnectionAuthParametersOauthArgs(
        authorization_endpoint=credentials.endpoint,
        http_method=credentials.method,
        client_parameters=aws.cloudwatch.EventConnectionAuthParametersOauthClientParametersArgs(
            client_id=credentials.client_id, client_secret=pulumi.Output.secret(credentials.client_secret)
        ),
        # pulumi-aws wants them, empty or not.
        oauth_http_parameters=aws.cloudwatch.EventConnectionAuthParametersOauthOauthHttpParametersArgs(bodies=fields),
    )


def _headers(
    headers: Mapping[str, pulumi.Input[str]],
) -> aws.cloudwatch.EventConnectionAuthParametersInvocationHttpParametersArgs | None:
    header = aws.cloudwatch.EventConnectionAuthParametersInvocationHttpParametersHeaderArgs
    told = [header(key=key, value=value, is_value_secret=False) for key, value in headers.items()]
    return aws.cloudwatch.EventConnectionAuthParametersInvocationHttpParametersArgs(headers=told) if told else None
