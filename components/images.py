"""Container images by their URI: where they come from, and what may be asked of them before anything is deployed."""

from __future__ import annotations

import re

import pulumi

from asl import Account

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|on\.(aws|amazonwebservices\.com\.cn))"
    r"/(?P<repository>[a-z0-9._/-]+)"
)
"""A private repository of ECR: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html"""


def repository_arn(image: str, where: Account) -> str | None:
    """The repository of ECR that an image is in; None of one that is elsewhere."""
    found = _ECR.match(image)
    if found is None:
        return None
    return f"arn:{where.partition}:ecr:{found['region']}:{found['account']}:repository/{found['repository']}"


def advise_digest(image: pulumi.Input[str], of: pulumi.Resource) -> None:
    """Warn of an image that another may take the place of without Pulumi seeing a change."""
    name = image.rpartition("/")[2] if isinstance(image, str) else ""
    if name and (":" not in name or name.endswith(":latest")):
        pulumi.log.warn(
            f"{of.pulumi_resource_name}: the image {image} may be another one tomorrow, and nothing shows it: name it "
            "by its digest, name@sha256:…, or by a tag of each build",
            of,
        )
