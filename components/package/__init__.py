"""The components as a Pulumi package, for programs in any of Pulumi's languages.

https://www.pulumi.com/docs/iac/extending-pulumi/packages/
"""

from .provider import Package, host

__all__ = ["Package", "host"]
