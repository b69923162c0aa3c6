"""Check that a part says whose idea it is."""

import re

from sysid.testing.subject import Subject

NAME = r"[A-Z][\w'’.-]+"
CITATION = re.compile(
    rf"\b(?!(?:In|Since|From|By|Until|Of|Before|After|The)\b){NAME}"
    rf"(?:,? (?:and |& )?{NAME}|,? et al\.?)*,? \(?(?:1[5-9]|20)\d\d\b"
)
LINK = re.compile(r"https?://\S+|\b10\.\d{4,9}/\S+|\barXiv:\d{4}\.\d{4,5}")
HINT = (
    'Name who had the idea: "Elman (1990)", "Klindt et al. (2017)", a URL or a DOI; for an idea of your own, '
    "yourself and the year."
)


def check_docstring(subject: Subject) -> str:
    """Expect the config class to have a docstring of its own, and return it.

    Raises:
        AssertionError: it has none.
    """
    text = " ".join((vars(type(subject.config)).get("__doc__") or "").split())
    subject.expect(
        bool(text),
        "docstring",
        "a docstring of its own",
        "none",
        "`sysid show` prints it: one sentence on what it does, then when to choose it.",
    )
    return text


def check_source(subject: Subject) -> None:
    """Expect the config class's docstring to name a source.

    Raises:
        AssertionError: it names none.
    """
    text = check_docstring(subject)
    subject.expect(
        names_source(text), "source", "a docstring that names a source", f'"{_shorten(text)}"', HINT
    )


def names_source(text: str) -> bool:
    """Say whether a text has a name with a year, a URL, a DOI or an arXiv number."""
    return bool(CITATION.search(text) or LINK.search(text))


def _shorten(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
