"""State machines in the files that people deploy them from: CloudFormation, SAM, CDK, Serverless, Terraform, and in
what previews describe."""

_MARKS = (
    "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::StateMachine",
    "AWSTemplateFormatVersion",
    "aws:cloudformation:stack",
    "aws_sfn_state_machine",
    "cdk:cloud-assembly",
    "stepFunctions",
    '"assumed": {',
)


def looks_like_template(text: str) -> bool:
    """Whether `text` is worth reading as a template."""
    return any(mark in text for mark in _MARKS)


__all__ = ["looks_like_template"]
