"""What AWS, or the SDK in its stead, has refused: in one line that says what to do."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from orderflow.text import one_line


def told(error: Exception) -> str | None:
    """What to say of an error of the SDK; None of any other."""
    if isinstance(error, ClientError):
        return _refused(error)
    if isinstance(error, BotoCoreError):
        return one_line(f"{_unsent(error)} ({error})", 600)
    return None


_ADVICE = {
    "AccessDeniedException": "these credentials may not; allow {action}",
    "KmsAccessDeniedException": "these credentials may not use the machine's key; allow kms:Decrypt on it",
    "ExpiredTokenException": "the credentials have expired; sign in again",
    "UnrecognizedClientException": "AWS does not know these credentials; check AWS_PROFILE or the access key",
    "InvalidClientTokenId": "AWS does not know these credentials; check AWS_PROFILE or the access key",
    "InvalidSignatureException": "the secret key is wrong, or this computer's clock is",
    "ThrottlingException": "too many calls; wait a little and run it again (orders are never started twice)",
    "ExecutionLimitExceeded": "too many executions are open in this account; wait for some to end",
    "StateMachineDoesNotExist": "there is no such state machine; check the stack, the region and the account",
    "ResourceNotFoundException": "it is not there; check the stack, the region and the account",
    "StateMachineDeleting": "the state machine is being deleted; deploy the stack again",
    "StateMachineTypeNotSupported": "not of a machine of this type; --sync is for Express, --wait for Standard",
    "InvalidArn": "the ARN is not one of this region and account; check --state-machine-arn and --region",
}


_ACTIONS = {
    "Invoke": "lambda:InvokeFunction on the function",
    "FilterLogEvents": "logs:FilterLogEvents on the log group",
    "GetItem": "dynamodb:GetItem on the table",
    "BatchGetItem": "dynamodb:BatchGetItem on the table",
    "Scan": "dynamodb:Scan on the table",
}


def _refused(error: ClientError) -> str:
    reason = error.response.get("Error", {})
    code = reason.get("Code", "unknown")
    action = _ACTIONS.get(error.operation_name, f"states:{error.operation_name} on the machine and its executions")
    advice = _ADVICE.get(code, "see AWS's message").format(action=action)
    return one_line(f"{error.operation_name} failed: {advice} ({code}: {reason.get('Message', 'no message')})", 600)


def _unsent(error: BotoCoreError) -> str:
    """What to do about a call that did not reach AWS."""
    match error:
        case NoCredentialsError() | PartialCredentialsError() | CredentialRetrievalError():
            return "no usable AWS credentials; set AWS_PROFILE, or run 'aws configure'"
        case SSOError() | TokenRetrievalError():
            return "the AWS sign-in has ended; run 'aws sso login'"
        case ProfileNotFound():
            return "no such AWS profile; check AWS_PROFILE"
        case NoRegionError():
            return "no AWS region; give --region or set AWS_REGION"
        case ConnectionError() | HTTPClientError():
            return "AWS does not answer; check the network and the region, or start the embedded cloud again"
        case _:
            return "the call to AWS failed"
