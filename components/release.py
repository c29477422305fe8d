"""How a new version of a machine takes over: at once, or by and by, while alarms are watched that take it back.

The bounds are those of CloudFormation, which shifts aliases likewise, but for the length of a whole release:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-stepfunctions-statemachinealias-deploymentpreference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pulumi

ALARMS = 100
"""How many alarms a release watches at most, which is how many AWS tells of in one answer:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""
LONGEST_MINUTES = 24 * 60
"""How long a release takes at most: it looks at the alarms every minute, and the history of an execution ends at 25,000
events. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
VERSIONS = 1_000
"""How many versions of a machine AWS keeps: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


class ReleaseRefusedError(ValueError, pulumi.RunError):
    """A release that cannot be carried out, which Pulumi shows as what the user has to mend."""


@dataclass(frozen=True)
class AllAtOnce:
    """Every execution that starts after `pulumi up` runs the new version."""


@dataclass(frozen=True)
class Canary:
    """`percent` of the executions that start run the new version for so many `minutes`, then all do.

    One of `alarms`, names of CloudWatch alarms, that rings meanwhile takes the new version back; the machine's own ring
    with them. In the end the newest `keep` versions are kept, and what the alias leads to.
    """

    percent: int
    minutes: int
    alarms: Sequence[pulumi.Input[str]] = ()
    keep: int = 100

    @property
    def shares(self) -> list[int]:
        """The percentages that the new version has one after the other."""
        return [self.percent, 100]


@dataclass(frozen=True)
class Linear:
    """`percent` more of the executions that start run the new version after each `minutes`, until all do.

    `alarms` and `keep` are as those of `Canary`.
    """

    percent: int
    minutes: int
    alarms: Sequence[pulumi.Input[str]] = ()
    keep: int = 100

    @property
    def shares(self) -> list[int]:
        """The percentages that the new version has one after the other."""
        return [*range(self.percent, 100, self.percent), 100]


Gradual: TypeAlias = Canary | Linear
Release: TypeAlias = AllAtOnce | Gradual


def require_release(machine: str, release: Release) -> None:
    """Raises ReleaseRefusedError, with everything that is wrong with the release of `machine`."""
    if not isinstance(release, AllAtOnce | Canary | Linear):
        raise ReleaseRefusedError(f"{machine}: release is an AllAtOnce(), a Canary or a Linear, not {release!r}")
    if not isinstance(release, AllAtOnce) and (wrong := list(_wrong(release))):
        told = "\n".join(f"  {one}" for one in wrong)
        raise ReleaseRefusedError(f"{machine}: its release cannot be carried out\n{told}")


def _wrong(release: Gradual) -> Iterator[str]:
    bounds = {"percent": 99, "minutes": LONGEST_MINUTES, "keep": VERSIONS - 1}
    before = len(bounds)
    for name, most in bounds.items():
        value: object = getattr(release, name)
        if type(value) is not int or not 1 <= value <= most:
            yield f"{name} is a whole number from 1 to {most:,}, not {value!r}"
            before -= 1
    if len(release.alarms) > ALARMS:
        yield f"alarms are {ALARMS} at most, and these are {len(release.alarms)}: watch a composite alarm over them"
    if before == len(bounds) and (whole := (len(release.shares) - 1) * release.minutes) > LONGEST_MINUTES:
        yield (
            f"it would take {whole:,} minutes, and may take {LONGEST_MINUTES:,}: raise percent, or lower minutes to "
            f"{LONGEST_MINUTES // (len(release.shares) - 1)}"
        )
