"""What a recording says of its neurons in words: by which they can be put into groups."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sysid.recording import Neuron

PROPERTIES = "properties"
"""The entry of a session in `run.json`."""

Cell = tuple[str, str]
"""A neuron: its session and its id."""


def shared_words(neurons: Sequence[Neuron]) -> dict[str, list[str]]:
    """Return the properties in words that some neurons share, by name: a word for every neuron.

    Nothing stands where a neuron has none. A property that is different for each neuron, such as a name,
    makes no groups and is left out, and so is one in numbers.
    """
    names = dict.fromkeys(name for neuron in neurons for name in neuron.properties)
    columns = {name: [_word(neuron.properties.get(name)) for neuron in neurons] for name in names}
    return {name: words for name, words in columns.items() if _is_shared(words)}


def stored_words(information: dict[str, Any]) -> dict[str, dict[Cell, str]]:
    """Return each property in words that `run.json` holds: neuron → word, for the neurons that have one."""
    found: dict[str, dict[Cell, str]] = {}
    for session, about in information["sessions"].items():
        for name, words in about.get(PROPERTIES, {}).items():  # which runs of earlier versions do not have
            cells = ((session, neuron) for neuron in about["neurons"])
            known = {cell: word for cell, word in zip(cells, words, strict=True) if word}
            found.setdefault(name, {}).update(known)
    return found


def _is_shared(words: Iterable[str]) -> bool:
    return any(count > 1 for word, count in Counter(words).items() if word)


def _word(value: str | float | None) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
