"""State machines in the files that people deploy them from: CloudFormation, SAM, CDK, Serverless, Terraform."""

import re

from asl.reading.templates.parts import Found, Load, PassedOver, TemplateMachine

_LIKELY = re.compile(
    r"AWS::(?:StepFunctions|Serverless)::StateMachine|aws_sfn_state_machine|aws:cloudformation:stack"
    r"|AWSTemplateFormatVersion|^['\"]?stepFunctions['\"]?\s*:",
    re.MULTILINE,
)


def looks_like_template(text: str) -> bool:
    """Whether `text` is worth reading as a template."""
    return _LIKELY.search(text) is not None


__all__ = ["Found", "Load", "PassedOver", "TemplateMachine", "looks_like_template"]
