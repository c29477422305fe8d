"""Where commands print: whatever stands in what others wrote, a terminal is told nothing by it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from orderflow.text import printable


class PlainConsole(Console):
    """A console that shows control characters of texts as their escapes; those that rich itself needs go through.

    Ids, reasons, causes and log lines come from orders, people, carriers and providers. An escape among them could
    rewrite what stands on the screen, or the title of the window.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text, keep="\n"), segment.style)
