"""Say once what several processes say each for itself."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable

KEPT = 60  # last lines of a process: as many as a traceback has


class Chorus:
    """Pass lines on, each as often as the process that says it most often."""

    def __init__(self) -> None:
        self._told: Counter[str] = Counter()
        self._said: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
        self._last: defaultdict[Hashable, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))

    def say(self, speaker: Hashable, line: str, tell: Callable[[str], None]) -> None:
        """Hear a line, and `tell` it where nobody has said it as often."""
        said = self._said[speaker]
        said[line] += 1
        self._last[speaker].append(line)
        if said[line] > self._told[line]:
            self._told[line] = said[line]
            tell(line)

    def last_words(self, speaker: Hashable) -> str:
        """Return the last lines of a process, told or not."""
        return "\n".join(self._last[speaker])
