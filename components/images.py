"""Container images by their URI: what may be asked of them before anything is deployed."""

from __future__ import annotations

import pulumi


def advise_digest(image: pulumi.Input[str], of: pulumi.Resource) -> None:
    """Warn of an image that another may take the place of without Pulumi seeing a change."""
    name = image.rpartition("/")[2] if isinstance(image, str) else ""
    if name and (":" not in name or name.endswith(":latest")):
        pulumi.log.warn(
            f"{of.pulumi_resource_name}: the image {image} may be another one tomorrow, and nothing shows it: name it "
            "by its digest, name@sha256:…, or by a tag of each build",
            of,
        )
