"""How the pages of the reference are put together as Markdown."""

from collections.abc import Iterable, Iterator

from sysid.schema import FieldDocument

NOTICE = (
    "This page is made from the code by `python -m sysid.reference docs/reference`: "
    "change the code, not the page."
)


def tabulate(fields: Iterable[FieldDocument]) -> Iterator[str]:
    """Yield the lines of a table of keys."""
    yield "| key | type | default | meaning |\n|---|---|---|---|"
    for field in fields:
        limits = [text for text in (field.unit, field.range) if text]
        kind = ", ".join([f"`{field.type}`", *limits])
        default = "**required**" if field.required else f"`{field.default}`"
        yield table_row(f"`{field.name}`", kind, default, field.doc)


def table_row(*cells: str) -> str:
    """Return one row of a table; what would end a cell is escaped."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def fence_signature(text: str) -> str:
    """Return a signature as a block of code that is shown and not run."""
    return f"<!-- not run in tests: a signature -->\n```python\n{text}\n```"


def join_blocks(blocks: Iterable[str]) -> str:
    """Put blocks under one another, with an empty line between but for rows of one list or table."""
    text = ""
    for block in blocks:
        block = block.strip("\n")
        if not block:
            continue
        together = block[:2] in ("| ", "- ") and text.rstrip("\n").rpartition("\n")[2][:1] == block[0]
        text = f"{text.rstrip(chr(10))}\n" + ("" if together or not text else "\n") + f"{block}\n"
    return text.lstrip("\n")
