"""Several recordings of one dataset component as one dataset, a session each: the host key `sessions`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import attrs

from sysid.errors import DataNotFoundError, SysidError, at
from sysid.interface import Dataset, Description
from sysid.joined_provenance import join_provenance
from sysid.provenance import Provenance
from sysid.recording import Recording
from sysid.session_check import check_alike
from sysid.session_name import name_sessions

Answer = TypeVar("Answer")


@attrs.frozen
class Member:
    """One row of `sessions`.

    Attributes:
        name: that the recipe gives the session; None = what the dataset calls it.
        config: reads its recording.
    """

    name: str | None
    config: Dataset


@attrs.frozen
class JoinedDataset(Dataset):
    """The recordings of several configs of one dataset; a recipe makes it by `sessions`, never by `use`.

    Attributes:
        members: in the order of the recipe, at least one.
    """

    members: tuple[Member, ...]

    def describe(self) -> dict[str, Description]:
        """Return what is known of every session.

        Raises:
            SysidError: sessions that cannot share an encoder; the line names two of them.
        """
        return self._join(self._ask(lambda config: config.describe()))

    def provenance(self) -> Provenance:
        """Find the data of every session and return where they come from.

        Raises:
            DataNotFoundError: those of some session are not on this machine.
            SysidError: they are broken, or some are recorded and others simulated.
        """
        names, notes = self._name(self._ask(lambda config: list(config.describe())))
        found = self._ask(lambda config: config.provenance())
        labels = [", ".join(of_member) for of_member in names]
        return join_provenance(list(zip(labels, found, strict=True)), notes)

    def load(self) -> dict[str, Recording]:
        """Return the recordings of all sessions.

        Raises:
            DataNotFoundError: those of some session are not on this machine.
            SysidError: they are broken, or cannot share an encoder.
        """
        loaded = self._ask(lambda config: config.load())
        self._join([{name: _measure(each) for name, each in member.items()} for member in loaded])
        names, _ = self._name([list(member) for member in loaded])
        return _by_name(names, loaded)

    def _join(self, described: list[dict[str, Description]]) -> dict[str, Description]:
        """Return the descriptions by session, once they are alike."""
        names, _ = self._name([list(member) for member in described])
        joined = _by_name(names, described)
        check_alike(joined, attrs.fields_dict(type(self.members[0].config)))
        return joined

    def _name(self, found: list[list[str]]) -> tuple[list[list[str]], tuple[str, ...]]:
        """Return the names of every member's sessions, and what to say of them."""
        return name_sessions(
            [
                (member.name, own, _stem(member.config))
                for member, own in zip(self.members, found, strict=True)
            ]
        )

    def _ask(self, question: Callable[[Dataset], Answer]) -> list[Answer]:
        """Return what every member answers; an error says which of them it is about."""
        answers = []
        for number, member in enumerate(self.members):
            where = f"sessions[{number}]" if member.name is None else f'session "{member.name}"'
            try:
                answers.append(question(member.config))
            except DataNotFoundError as error:
                raise DataNotFoundError(f"{where}: {error}") from error
            except SysidError as error:
                raise at(where, error) from error
        return answers


def first_of(dataset: Dataset) -> Dataset:
    """Return the config that reads a dataset's first session: where all sessions agree, any would do."""
    return dataset.members[0].config if isinstance(dataset, JoinedDataset) else dataset


def _by_name(names: list[list[str]], found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what members have by session, under the names that sessions have together."""
    return {
        name: each
        for of_member, own in zip(names, found, strict=True)
        for name, each in zip(of_member, own.values(), strict=True)
    }


def _measure(recording: Recording) -> Description:
    return Description(*recording.frame_shape, frame_rate_hz=recording.frame_rate_hz)


def _stem(config: Dataset) -> str:
    """Return the name of the first file that a config names, without its ending."""
    values = (getattr(config, field.name) for field in attrs.fields(type(config)))
    return next((value.stem for value in values if isinstance(value, Path)), "")
