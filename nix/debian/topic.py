"""What a topic is: a module that composes one part of what maintainer scripts would have done, such as the accounts.

To add one, write a module that fits `Topic`, add it to `TOPICS` in layer.py, and test it in
tests/debian/test_<module>.py. mypy checks that each module in `TOPICS` fits.

When it runs: once for every Debian layer, after the packages and trees of that layer are unpacked. No topic sees what
another one composes.

What it may read: `system`, which holds all layers up to this one, and `target`. So it knows the control fields and
scripts of every package, the names of all files, and the content of those files that its SOURCES match. It reads
nothing else (no file, variable or clock), changes neither argument, and yields nothing if the package whose work it
does is not installed.

What it yields: all its entries, for the whole system, as if there was one layer only. layer.py then writes the ones
that are new. It drops an entry at a path that a package or a tree brought, since that is there already, and an entry
that a layer below composed just so: `System.composed` has its digest. What came out differently stands in this layer
again and hides what is below. So a topic need not know which layer it is in. What a layer below composed can't be taken
back: layers only add.
"""

from collections.abc import Iterator
from typing import Protocol

from system import System, Target
from tree import Entry


class Topic(Protocol):
    """A module of a topic.

    Example:
        SOURCES = ("usr/share/greetings/*",)

        def compose(system: System, target: Target) -> Iterator[Entry]:
            if "greetings" in system.packages:
                yield text("etc/greeting", system.source("usr/share/greetings/default"))
    """

    @property
    def SOURCES(self) -> tuple[str, ...]:
        """Shell patterns of the packaged files whose content it reads (* matches slashes too), without a leading slash.

        They are kept in System.sources, also where the layer leaves the file out.
        """

    def compose(self, system: System, target: Target) -> Iterator[Entry]:
        """Its entries, in any order, each path once; text, link and directory of tree.py make them.

        Raises ValueError, one line, for a package that it can't understand.
        """
