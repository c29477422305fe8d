"""What a change of a program does to its machines: described before and after, compared, and told in Markdown."""

from asl.review.description import FOLDER, Description, Stack, read
from asl.review.markdown import review
from asl.review.masking import Masks

__all__ = ["FOLDER", "Description", "Masks", "Stack", "read", "review"]
