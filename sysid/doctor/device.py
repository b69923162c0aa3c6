"""Where trainings would compute, and whether that computes."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch

from sysid.byte_count import write_gib
from sysid.device import choose_device, describe_device
from sysid.doctor.remark import Remark

DRIVER = Path("/proc/driver/nvidia/version")


def examine_devices() -> Iterator[Remark]:
    """Yield remarks on the device that `training.device = "auto"` means, and on a GPU that is not used."""
    device = choose_device()
    yield try_device(device)
    if device.type == "cpu" and (remark := explain_no_gpu()) is not None:
        yield remark


def try_device(device: torch.device) -> Remark:
    """Multiply two matrices on a device."""
    name = name_device(device)
    try:
        ones = torch.ones(8, 16, device=device)
        right = float((ones @ ones.T).sum()) == 8 * 8 * 16
    except RuntimeError as error:
        why = str(error).splitlines()[0] if str(error) else "no reason given"
        return _broken(f"{name} is there, but does not compute: {why}")
    if not right:
        return _broken(f"{name} is there, but computes something else than it should")
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        name += f", {write_gib(free)} of {write_gib(total)} free"
    return Remark("ok", f"trainings compute on {name}")


def name_device(device: torch.device) -> str:
    """Name a device without its threads, which a recipe sets."""
    return "the CPU" if device.type == "cpu" else describe_device(device)


def _broken(says: str) -> Remark:
    return Remark("problem", says, "mend its driver; until then, `--set training.device='\"cpu\"'`")


def explain_no_gpu() -> Remark | None:
    """Say why torch finds no GPU on a machine that has an NVIDIA driver; None where it has not."""
    if not (shutil.which("nvidia-smi") or DRIVER.exists()):
        return None
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and hidden.strip() in ("", "-1"):
        return Remark("note", f'CUDA_VISIBLE_DEVICES = "{hidden}" hides the GPU', "unset it to train there")
    if torch.version.cuda is None:
        return Remark(
            "note",
            f"there is an NVIDIA driver, but this torch ({torch.__version__}) is built without CUDA",
            "install a torch with CUDA: https://pytorch.org/get-started/locally",
        )
    return Remark(
        "problem",
        f"there is an NVIDIA driver, and this torch is built for CUDA {torch.version.cuda}, but finds no GPU",
        "`nvidia-smi` says whether the driver works and up to which CUDA; if it is older, update it",
    )
