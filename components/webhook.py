"""A door for others' webhooks: a function's URL, open to everyone, behind which the function checks a signature."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from .function import ALIAS, Function


class Webhook(pulumi.ComponentResource):
    """The URL of `function`'s alias.

    Whoever knows it may call it, and in no other way: pulumi-aws puts the two statements for that into the resource
    policy of the alias when it makes a URL of the type NONE, `FunctionURLAllowPublicAccess` and
    `FunctionURLAllowInvokeAction`, which holds for calls through the URL only. A function that is deployed again needs
    no more of them, and one that loses its URL keeps them, without a use.
    https://www.pulumi.com/registry/packages/aws/api-docs/lambda/functionurl/
    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none
    """

    url: pulumi.Output[str]
    alias_arn: pulumi.Output[str]

    def __init__(self, name: str, function: Function, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Webhook", name, None, opts)
        url = aws.lambda_.FunctionUrl(
            name,
            function_name=function.name,
            qualifier=ALIAS,
            authorization_type="NONE",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function]),
        )
        self.url, self.alias_arn = url.function_url, function.alias_arn
        self.register_outputs({"url": self.url})
