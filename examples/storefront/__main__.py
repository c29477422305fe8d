"""A shop's HTTP API: POST /orders starts an order in a stack of Orderflow, GET /orders/{orderId} shows how it is."""

import json

import pulumi
import pulumi_aws as aws
from package import package

from orderflow.stack import OrderflowStack

NAME = f"{pulumi.get_project()}-{pulumi.get_stack()}"

orders = OrderflowStack(pulumi.Config().require("orderflowStack"))
machine, views = orders.machine("order-fulfillment"), orders.table("order-views")


def allow(arn: str, *actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# What the shop may do: start executions of one machine, read one table, write its own log.
trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
role = aws.iam.Role("shop", name=NAME, assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
log_group = aws.cloudwatch.LogGroup("shop", name=f"/aws/lambda/{NAME}", retention_in_days=14)
log = log_group.arn.apply(lambda arn: allow(f"{arn}:*", "logs:CreateLogStream", "logs:PutLogEvents"))
read = views.arn.apply(lambda arn: allow(arn, "dynamodb:GetItem"))
policies = [
    aws.iam.RolePolicy(purpose, name=purpose, role=role.name, policy=policy)
    for purpose, policy in {"start": machine.start_policy, "read": read, "log": log}.items()
]

code = package()
shop = aws.lambda_.Function(
    "shop",
    name=NAME,
    runtime="python3.13",
    architectures=["arm64"],
    handler="shop.handler",
    code=pulumi.FileArchive(str(code.path)),
    source_code_hash=code.digest,
    role=role.arn,
    timeout=10,
    memory_size=256,
    environment=aws.lambda_.FunctionEnvironmentArgs(
        variables={"ORDER_MACHINE": machine.alias_arn, "VIEWS_TABLE": views.name}
    ),
    tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="PassThrough"),
    opts=pulumi.ResourceOptions(depends_on=[*policies, log_group]),
)

api = aws.apigatewayv2.Api("shop", name=NAME, protocol_type="HTTP")
integration = aws.apigatewayv2.Integration(
    "shop", api_id=api.id, integration_type="AWS_PROXY", integration_uri=shop.invoke_arn, payload_format_version="2.0"
)
for name, route_key in {"place": "POST /orders", "show": "GET /orders/{orderId}"}.items():
    target = integration.id.apply(lambda id: f"integrations/{id}")
    aws.apigatewayv2.Route(name, api_id=api.id, route_key=route_key, target=target)
stage = aws.apigatewayv2.Stage("shop", api_id=api.id, name="$default", auto_deploy=True)
aws.lambda_.Permission(
    "shop",
    statement_id="api",
    action="lambda:InvokeFunction",
    function=shop.name,
    principal="apigateway.amazonaws.com",
    source_arn=api.execution_arn.apply(lambda arn: f"{arn}/*/*"),
)

pulumi.export("url", stage.invoke_url)
