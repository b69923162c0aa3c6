"""Read docstrings: what they say, and the sections in which they say it of each parameter or field."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import attrs

SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):$", re.M)
ENTRY = re.compile(r"(?P<names>\w[\w.]*(?:, \w[\w.]*)*): (?P<text>.*)", re.S)


@attrs.frozen
class Docstring:
    """What a docstring says.

    Attributes:
        text: all before its first section, as Markdown.
        sections: (title, entries), each entry its names, none where a section has no names, and its text.
    """

    text: str
    sections: tuple[tuple[str, tuple[tuple[tuple[str, ...], str], ...]], ...] = ()

    def names(self, title: str) -> tuple[str, ...]:
        """Return the names that a section tells of, in order; none where it has no such section."""
        return tuple(
            name
            for section, entries in self.sections
            if section == title
            for names, _ in entries
            for name in names
        )

    def blocks(self) -> Iterator[str]:
        """Yield it as blocks of Markdown: the text, then each section as a list below its title."""
        yield self.text
        for title, entries in self.sections:
            yield f"**{title}**"
            for names, text in entries:
                said = ", ".join(f"`{name}`" for name in names)
                yield f"- {said}: {text}" if names else text


def read_docstring(thing: Any) -> Docstring:
    """Return what the docstring of a function or class says; a class never speaks for its base."""
    own = thing.__doc__ if isinstance(thing, type) else inspect.getdoc(thing)
    text = inspect.cleandoc(own or "")
    first, *rest = SECTION.split(text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return Docstring(first.strip(), tuple((title, tuple(_entries(title, body))) for title, body in pairs))


def _entries(title: str, body: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the entries of a section; what is indented further goes on with the entry above."""
    text = inspect.cleandoc(body)
    if title == "Returns":  # one thing, in free words
        yield (), text
        return
    for entry in re.split(r"\n(?=\S)", text):
        found = ENTRY.fullmatch(entry)
        if found is None:
            raise ValueError(f'{title}: expected "name: meaning", got "{entry}"')
        yield tuple(found["names"].split(", ")), " ".join(found["text"].split())
