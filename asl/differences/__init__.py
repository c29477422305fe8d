"""What is different between two definitions, for the person who has to approve the change."""

from asl.differences.changes import Change, Danger, Difference, difference
from asl.differences.picture import difference_mermaid, difference_svg

__all__ = ["Change", "Danger", "Difference", "difference", "difference_mermaid", "difference_svg"]
