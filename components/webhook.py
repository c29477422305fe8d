"""A door for others' webhooks: a function's URL, open to everyone, behind which the function checks a signature."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.function import ALIAS, Function


class Webhook(pulumi.ComponentResource):
    """The URL of `function`'s alias.

    Whoever knows it may call it, and only it: the function is not to be called in another way by the public
    (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none).
    """

    url: pulumi.Output[str]
    alias_arn: pulumi.Output[str]

    def __init__(self, name: str, function: Function, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Webhook", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=[function])
        url = aws.lambda_.FunctionUrl(
            name, function_name=function.name, qualifier=ALIAS, authorization_type="NONE", opts=child
        )
        aws.lambda_.Permission(
            f"{name}-url",
            statement_id="webhook-url",
            action="lambda:InvokeFunctionUrl",
            function=function.name,
            qualifier=ALIAS,
            principal="*",
            function_url_auth_type="NONE",
            opts=child,
        )
        aws.lambda_.Permission(
            f"{name}-function",
            statement_id="webhook-function",
            action="lambda:InvokeFunction",
            function=function.name,
            qualifier=ALIAS,
            principal="*",
            invoked_via_function_url=True,
            opts=child,
        )
        self.url, self.alias_arn = url.function_url, function.alias_arn
        self.register_outputs({"url": self.url})
