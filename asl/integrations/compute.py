"""Lambda functions and activities."""

from asl.integrations.arns import function_arns
from asl.integrations.table import REQUEST, REQUEST_OR_CALLBACK, Integration, Permission

_LAMBDA = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"
_ACTIVITY = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html"

FUNCTION_ARN = Integration(
    "lambda-function-arn", REQUEST, (), (Permission(("lambda:InvokeFunction",), "", function_arns),), _LAMBDA
)
ACTIVITY = Integration("activity", frozenset({"activity"}), (), (), _ACTIVITY)

ROWS = (
    FUNCTION_ARN,
    ACTIVITY,
    Integration(
        "lambda:invoke",
        REQUEST_OR_CALLBACK,
        ("FunctionName",),
        (Permission(("lambda:InvokeFunction",), "FunctionName", function_arns),),
        _LAMBDA,
    ),
)
