"""Progress bars of plain text. In a saved notebook, or on a page, a bar is one finished line."""

import sys
from collections.abc import Iterable

from tqdm import tqdm


class Bar(tqdm):
    """A bar that goes away when the work stops before its end, for example with an error."""

    def close(self) -> None:  # called by tqdm itself, at the end of a loop in any case
        self.leave = self.total is None or self.n >= self.total
        super().close()


def progress(items: Iterable | None = None, name: str = "", total: int | None = None, **settings):
    """Return a bar (tqdm, with its settings) that says `name`, and how far of `total` it is.

    `total` is needed where `items` has no length. Where nobody reads, such as in a script whose
    output goes to a file, there is no bar.
    """
    # Not the bar of tqdm.auto: that one is a widget, which a notebook opened again has lost. Not
    # on standard error either, which notebooks show on red.
    reader = "ipykernel" in sys.modules or sys.stdout.isatty()
    settings = {"ncols": 72, "disable": not reader, **settings}
    return Bar(items, name, total, file=sys.stdout, **settings)
