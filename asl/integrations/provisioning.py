"""EKS clusters and what belongs to them; MediaConvert jobs."""

from asl.integrations.arns import role_arns
from asl.integrations.parts import EVERYTHING, linked_role, managed_rule, on, passed
from asl.integrations.table import REQUEST_OR_SYNC, SYNC, Integration, Permission, Target

_EKS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-eks.html"
_MEDIA = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-mediaconvert.html"
_CLUSTER = (on("cluster/{Name}", "eks"),)
_NODES = (on("nodegroup/{ClusterName}/{NodegroupName}/*", "eks"),)
_PROFILE = (on("fargateprofile/{ClusterName}/{FargateProfileName}/*", "eks"),)

ROWS = (
    Integration(
        "eks:createCluster",
        REQUEST_OR_SYNC,
        ("Name", "RoleArn", "ResourcesVpcConfig"),
        (
            Permission(("eks:CreateCluster",), (EVERYTHING,), reason="making an EKS cluster has no resource level"),
            passed("RoleArn", "eks.amazonaws.com"),
            passed("ComputeConfig.NodeRoleArn", "ec2.amazonaws.com"),
            Permission(("eks:CreateAccessEntry",), _CLUSTER, when="ComputeConfig.NodeRoleArn"),
            linked_role("AWSServiceRoleForAmazonEKS", "eks.amazonaws.com"),
            Permission(("eks:DeleteCluster", "eks:DescribeCluster"), _CLUSTER, SYNC),
        ),
        _EKS,
    ),
    Integration(
        "eks:deleteCluster",
        REQUEST_OR_SYNC,
        ("Name",),
        (Permission(("eks:DeleteCluster",), _CLUSTER), Permission(("eks:DescribeCluster",), _CLUSTER, SYNC)),
        _EKS,
    ),
    Integration(
        "eks:createNodegroup",
        REQUEST_OR_SYNC,
        ("ClusterName", "NodegroupName", "Subnets", "NodeRole"),
        (
            Permission(("eks:CreateNodegroup",), (on("cluster/{ClusterName}", "eks"),)),
            Permission(("ec2:DescribeSubnets",), (EVERYTHING,), reason="describing subnets has no resource level"),
            Permission(("iam:GetRole", "iam:ListAttachedRolePolicies"), (Target("{NodeRole}", role_arns),)),
            passed("NodeRole", "eks.amazonaws.com"),
            linked_role("AWSServiceRoleForAmazonEKSNodegroup", "eks-nodegroup.amazonaws.com"),
            Permission(("eks:DeleteNodegroup", "eks:DescribeNodegroup"), _NODES, SYNC),
        ),
        _EKS,
    ),
    Integration(
        "eks:deleteNodegroup",
        REQUEST_OR_SYNC,
        ("ClusterName", "NodegroupName"),
        (Permission(("eks:DeleteNodegroup",), _NODES), Permission(("eks:DescribeNodegroup",), _NODES, SYNC)),
        _EKS,
    ),
    # To whom roles are passed: https://docs.aws.amazon.com/service-authorization/latest/reference/list_eks.html
    Integration(
        "eks:createFargateProfile",
        REQUEST_OR_SYNC,
        ("FargateProfileName", "ClusterName", "PodExecutionRoleArn"),
        (
            Permission(("eks:CreateFargateProfile",), (on("cluster/{ClusterName}", "eks"),)),
            passed("PodExecutionRoleArn", "eks.amazonaws.com"),
            linked_role("AWSServiceRoleForAmazonEKSForFargate", "eks-fargate.amazonaws.com"),
            Permission(("eks:DeleteFargateProfile", "eks:DescribeFargateProfile"), _PROFILE, SYNC),
        ),
        _EKS,
    ),
    Integration(
        "eks:deleteFargateProfile",
        REQUEST_OR_SYNC,
        ("ClusterName", "FargateProfileName"),
        (
            Permission(("eks:DeleteFargateProfile",), _PROFILE),
            Permission(("eks:DescribeFargateProfile",), _PROFILE, SYNC),
        ),
        _EKS,
    ),
    Integration(
        "mediaconvert:createJob",
        REQUEST_OR_SYNC,
        ("Role", "Settings"),
        (
            Permission(
                ("mediaconvert:CreateJob",),
                (
                    on("queues/{Queue|Default}", "mediaconvert"),
                    on("jobTemplates/{JobTemplate|*}", "mediaconvert"),
                    on("presets/*", "mediaconvert"),
                ),
            ),
            passed("Role", "mediaconvert.amazonaws.com"),
            Permission(
                ("mediaconvert:CancelJob", "mediaconvert:GetJob"),
                (on("jobs/*", "mediaconvert"),),
                SYNC,
                conditions=(("StringEquals", "aws:ResourceTag/ManagedByService", "AWSStepFunctions"),),
            ),
            managed_rule("StepFunctionsGetEventsForMediaConvertJobRule"),
        ),
        _MEDIA,
    ),
)
