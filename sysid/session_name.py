"""Give every session of a run a name of its own."""

import re

NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")

Asked = tuple[str | None, list[str], str]
"""A row of `sessions`: the name it gives, the names its dataset gives, the stem of its file or nothing."""


def name_sessions(rows: list[Asked]) -> tuple[list[list[str]], tuple[str, ...]]:
    """Return the names of each row's sessions, and a line for every name that is not what its dataset says.

    A name that the recipe gives is taken as it is; where that row has several sessions, their own names
    follow behind it. Names that datasets give and that are the same get the stem of their file behind them,
    or, where stems do not tell them apart, numbers from the second on.
    """
    wanted = [_wish(name, own) for name, own, _ in rows]
    taken = {wish for (name, _, _), wishes in zip(rows, wanted, strict=True) if name for wish in wishes}
    names, notes = [], []
    for number, (name, _, _) in enumerate(rows):
        of_row = []
        for wish in wanted[number]:
            found = wish if name else _distinct(number, wish, rows, wanted, taken)
            taken.add(found)
            of_row.append(found)
            if found != wish:
                notes.append(
                    f'session "{found}": its data call it "{wish}", as another session is called; '
                    "`name` in its table of `sessions` gives it another name"
                )
        names.append(of_row)
    return names, tuple(notes)


def _wish(name: str | None, own: list[str]) -> list[str]:
    """Return what a row's sessions would be called if they were alone."""
    if name is None:
        return own
    return [name] if len(own) == 1 else [f"{name}-{each}" for each in own]


def _distinct(number: int, wish: str, rows: list[Asked], wanted: list[list[str]], taken: set[str]) -> str:
    """Return a name that no session has yet, the wish itself where nobody else has it."""
    rivals = [row for row, wishes in enumerate(wanted) if wish in wishes]
    stems = [NOT_IN_NAMES.sub("-", rows[row][2]).strip("-") for row in rivals]
    found = wish
    if len(rivals) > 1 and all(stems) and len(set(stems)) == len(stems):
        found = f"{wish}-{stems[rivals.index(number)]}"
    count = 1
    while found in taken:
        count += 1
        found = f"{wish}-{count}"
    return found
