import pytest

from sysid.identity import differences, digest, identity_of
from sysid.provenance import Provenance
from sysid.run_folder import RunFolder, claim_folder, open_folder

REAL = Provenance("movie", "abc", simulated=False)
BASE = {"core": {"use": "lstm", "hidden_units": 32}, "encoder": {"layers": [{"kernel_px": 5}]}}
OLD = identity_of(BASE, REAL, {"neural-sysid": "0.1.0"})


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (identity_of(BASE | {"core": {"use": "gru", "hidden_units": 32}}, REAL, {"neural-sysid": "0.1.0"}),
         'core.use "gru" instead of "lstm"'),
        (identity_of(BASE | {"encoder": {"layers": [{"kernel_px": 7}]}}, REAL, {"neural-sysid": "0.1.0"}),
         "encoder.layers[0].kernel_px 7 instead of 5"),
        (identity_of(BASE, Provenance("movie", "abd", simulated=False), {"neural-sysid": "0.1.0"}),
         "other data"),
        (identity_of(BASE, Provenance("movie", "abc", simulated=True), {"neural-sysid": "0.1.0"}),
         "simulated data instead of real"),
        (identity_of(BASE, REAL, {"neural-sysid": "0.2.0"}), "neural-sysid 0.2.0 instead of 0.1.0"),
    ],
)  # fmt: skip
def test_any_change_starts_another_folder_and_says_why(tmp_path, new, said):
    assert differences(OLD, new) == [said]
    assert digest(new) != digest(OLD)
    base = tmp_path / "seed0"
    open_folder(RunFolder(base), {"identity": OLD, "state": "finished"}, "text")
    assert claim_folder(base, OLD).folder.path == base
    claim = claim_folder(base, new)
    assert claim.folder.path == tmp_path / "seed0-2"
    assert (
        claim.reason
        == f"{base} holds another run (this one has {said}); this run goes to {tmp_path / 'seed0-2'}"
    )
    assert not (tmp_path / "seed0-2").exists()
