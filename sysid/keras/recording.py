"""Find the recording that an imported network was made for, where it is on this machine."""

import attrs

from sysid.errors import SysidError
from sysid.keras.configuration import Configuration
from sysid.keras.network import Network
from sysid.provenance import Provenance
from sysid.recording import Recording


@attrs.frozen(eq=False)
class Found:
    """What was found of a recording at import.

    Attributes:
        provenance: of the recording; where there is none, without a checksum and with the reason as a note.
        recordings: by session; none where there is none.
    """

    provenance: Provenance
    recordings: dict[str, Recording]

    @property
    def reason(self) -> str:
        """Why there is none; empty where there is one."""
        return "" if self.recordings else self.provenance.notes[0]


def find_recording(configuration: Configuration, network: Network) -> Found:
    """Load the recording, or say why it cannot be scored on: it is absent, broken, or of another size.

    None of these is an error: the network predicts without its recording as well.
    """
    source = f"{configuration.components['dataset'].name}, not used at import"
    try:
        recordings = configuration.dataset.load()
    except SysidError as error:
        return _nothing(source, str(error))
    frame_shape = (1, network.height, network.width)
    recording = recordings[configuration.session]
    if recording.frame_shape != frame_shape:
        return _nothing(
            source, f"expected frames {frame_shape} (channel, height, width), got {recording.frame_shape}"
        )
    return Found(recording.provenance, recordings)


def _nothing(source: str, reason: str) -> Found:
    return Found(Provenance(source, checksum="", simulated=False, notes=(reason,)), {})
