"""What Pulumi starts of the package."""

from orderflow.components.package import host

host()
