"""Say what the Dryad deposit holds, as far as it can be said without opening it."""

import attrs

DOI = "10.5061/dryad.4ch10"
LICENCE = "CC0-1.0"
FRAME_RATE_HZ = 30.19  # inferred from the responses
FIRST_SECTION_S = {"1": 3.85, "2": 0.50}  # by recording; inferred from the responses
FIRST_SECTION_ERROR_S = 0.15


@attrs.frozen
class Stimulus:
    """Describe one kind of stimulus.

    Attributes:
        folder, stem: its frames are `folder/stem<number>.raw`.
        is_movie: whether its frames follow one another; else each is an image of its own.
        bins: frames of the movie, or images times shifts.
        responses: its MATLAB files' name without folder and ending, {} for the recording.
        neurons: of each recording there is, None = not known before it is opened.
    """

    folder: str
    stem: str
    is_movie: bool
    bins: int
    responses: str
    neurons: dict[str, int | None]

    def spike_file(self, recording: str) -> str:
        """Return the name of a recording's spike trains in the deposit."""
        return f"NeuralData/Spikes/{self.responses.format(recording)}.mat"

    def field_file(self, recording: str) -> str:
        """Return the name of a recording's receptive fields in the deposit."""
        return f"NeuralData/ReceptiveFields/{self.responses.format(recording)}.mat"

    def count_neurons(self, recordings: tuple[str, ...]) -> int | None:
        """Return how many neurons the recordings have together, None where it is not known."""
        counts = [self.neurons[recording] for recording in recordings]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


STIMULI = {
    # The README calls Movie2Exp2 a recording of movie 1; the file's name is right.
    "movie1": Stimulus("Stimuli/Movie1", "frame", True, 1800, "Movie1Exp{}", {"1": 38, "2": 49}),
    "movie2": Stimulus("Stimuli/Movie2", "frame", True, 1600, "Movie2Exp{}", {"1": 38, "2": 49}),
    "natural_images": Stimulus(
        "Stimuli/NaturalImages", "image", False, 60, "NaturalImages{}", {"1": 38, "2": None}
    ),
    "gratings": Stimulus("Stimuli/Gratings", "grating", False, 60, "Gratings", {"1": 54}),
    # 9 images × 9 shifts = 81
    "shifts": Stimulus("Stimuli/NaturalImages", "image", False, 81, "Shifts{}", {"1": 23, "2": 37}),
}
