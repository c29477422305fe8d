"""SageMaker and Bedrock."""

from asl.integrations.arns import arn_itself, model_arns, object_arns, sagemaker_arns
from asl.integrations.parts import managed_rule, on, passed
from asl.integrations.table import (
    REQUEST,
    REQUEST_OR_CALLBACK,
    REQUEST_OR_SYNC,
    SYNC,
    Integration,
    Permission,
    Target,
)

_SAGEMAKER = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html"
_BEDROCK = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html"


def _job(kind: str, path: str, required: tuple[str, ...], roles: tuple[str, ...], rule: str) -> Integration:
    """A SageMaker job; AWS documents a `*` behind its name."""
    resource = (Target(f"{path}/{{{kind}Name}}*", sagemaker_arns),)
    return Integration(
        f"sagemaker:create{kind}",
        REQUEST_OR_SYNC,
        (f"{kind}Name", *required),
        (
            Permission((f"sagemaker:Create{kind}",), resource),
            Permission(("sagemaker:AddTags", "sagemaker:ListTags"), resource),
            *(passed(role, "sagemaker.amazonaws.com") for role in roles),
            Permission((f"sagemaker:Describe{kind}", f"sagemaker:Stop{kind}"), resource, SYNC),
            managed_rule(f"StepFunctionsGetEventsForSageMaker{rule}Rule"),
        ),
        _SAGEMAKER,
    )


def _thing(call: str, required: tuple[str, ...], paths: tuple[str, ...], role: str = "") -> Integration:
    resources = tuple(Target(path, sagemaker_arns) for path in paths)
    return Integration(
        f"sagemaker:{call}",
        REQUEST,
        required,
        (
            Permission((f"sagemaker:{call[0].upper()}{call[1:]}",), resources),
            Permission(("sagemaker:AddTags", "sagemaker:ListTags"), resources[:1]),
            *((passed(role, "sagemaker.amazonaws.com"),) if role else ()),
        ),
        _SAGEMAKER,
    )


# What an application's inference profile or a prompt router goes on to, only AWS knows: that is declared as Models.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
_MODEL = (
    Permission(("bedrock:InvokeModel",), (Target("{ModelId}", model_arns),)),
    Permission(
        ("bedrock:InvokeModel",),
        (Target("{Models}", model_arns),),
        when="ModelId~(application-inference-profile|prompt-router)/",
    ),
)


def _guarded(parameter: str) -> Permission:
    guardrail = (on(f"guardrail/{{{parameter}}}", "bedrock"),)
    return Permission(("bedrock:ApplyGuardrail",), guardrail, when=parameter)


CONVERSING = (*_MODEL, _guarded("GuardrailConfig.GuardrailIdentifier"))
"""What a conversation with a model needs: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"""

ROWS = (
    _job(
        "TrainingJob",
        "training-job",
        ("RoleArn", "OutputDataConfig"),
        ("RoleArn",),
        "TrainingJobs",
    ),
    _job(
        "TransformJob",
        "transform-job",
        ("ModelName", "TransformInput", "TransformOutput", "TransformResources"),
        # The model's own role is not handed over again, and AWS's list has no iam:PassRole for it:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_sagemaker.html
        (),
        "TransformJobs",
    ),
    _job(
        "ProcessingJob",
        "processing-job",
        ("ProcessingResources", "AppSpecification", "RoleArn"),
        ("RoleArn",),
        "ProcessingJobs",
    ),
    _job(
        "HyperParameterTuningJob",
        "hyper-parameter-tuning-job",
        ("HyperParameterTuningJobConfig",),
        ("TrainingJobDefinition.RoleArn", "TrainingJobDefinitions[].RoleArn"),
        "TuningJobs",
    ),
    # AWS's pages name the rules of training and transform jobs (connect-sagemaker.html) and of tuning jobs
    # (sample-hyper-tuning.html), AWS CDK that of processing jobs, and nobody that of labeling jobs: this name follows
    # the others'. If it is wrong it reaches nothing.
    _job(
        "LabelingJob",
        "labeling-job",
        ("LabelAttributeName", "InputConfig", "OutputConfig", "RoleArn", "HumanTaskConfig"),
        ("RoleArn",),
        "LabelingJobs",
    ),
    _thing("createModel", ("ModelName",), ("model/{ModelName}",), "ExecutionRoleArn"),
    _thing(
        "createEndpoint",
        ("EndpointName", "EndpointConfigName"),
        ("endpoint/{EndpointName}", "endpoint-config/{EndpointConfigName}"),
    ),
    _thing(
        "createEndpointConfig", ("EndpointConfigName", "ProductionVariants"), ("endpoint-config/{EndpointConfigName}",)
    ),
    _thing(
        "updateEndpoint",
        ("EndpointName", "EndpointConfigName"),
        ("endpoint/{EndpointName}", "endpoint-config/{EndpointConfigName}"),
    ),
    Integration(
        "bedrock:invokeModel",
        REQUEST_OR_CALLBACK,
        ("ModelId", "Body|Input"),
        (
            *_MODEL,
            Permission(("s3:GetObject",), (Target("{Input.S3Uri}", object_arns),), when="Input.S3Uri"),
            Permission(("s3:PutObject",), (Target("{Output.S3Uri}", object_arns),), when="Output.S3Uri"),
            _guarded("GuardrailIdentifier"),
        ),
        _BEDROCK,
    ),
    Integration(
        "bedrock:createModelCustomizationJob",
        REQUEST_OR_SYNC,
        ("JobName", "CustomModelName", "RoleArn", "BaseModelIdentifier", "TrainingDataConfig", "OutputDataConfig"),
        (
            Permission(
                ("bedrock:CreateModelCustomizationJob",),
                (
                    Target("{BaseModelIdentifier}", model_arns),
                    on("custom-model/*", "bedrock"),
                    on("model-customization-job/*", "bedrock"),
                ),
            ),
            passed("RoleArn"),
            Permission(
                ("bedrock:GetModelCustomizationJob", "bedrock:StopModelCustomizationJob"),
                (on("model-customization-job/*", "bedrock"),),
                SYNC,
            ),
        ),
        _BEDROCK,
    ),
    Integration(
        "bedrockagentcore:invokeHarness",
        REQUEST,
        ("HarnessArn", "Messages"),
        (
            Permission(
                ("bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:InvokeHarness"),
                (Target("{HarnessArn}", arn_itself),),
            ),
        ),
        "https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrockagentcore.html",
    ),
)
