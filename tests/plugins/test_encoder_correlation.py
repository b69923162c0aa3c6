"""What torch does with functions that are differentiated or mapped, done with ours as with its own."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap
from torch.nn.functional import conv2d

from sysid import SysidError
from sysid_encoders.fourier import FourierConv2d, fourier_conv2d
from sysid_encoders.memory_order import by_images

pytestmark = pytest.mark.filterwarnings(  # torch's own forward mode does, where it is first used
    "ignore:.torch.jit.script. is deprecated:DeprecationWarning"
)

Convolve = Callable[[Tensor, Tensor, Tensor], Tensor]


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(shape)))


IMAGES, KERNELS, BIAS = draw(3, 2, 6, 5), draw(4, 2, 3, 2), draw(4)


def learnt() -> tuple[Tensor, Tensor, Tensor]:
    images, kernels, bias = (part.clone().requires_grad_() for part in (IMAGES, KERNELS, BIAS))
    return images, kernels, bias


def assert_alike(ours: object, theirs: object) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-11)


def curved(convolve: Convolve) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a number whose second derivatives are not zero."""
    return lambda kernels, images: convolve(images, kernels, BIAS).sin().sum()


@pytest.mark.parametrize("images", [IMAGES, IMAGES[0]], ids=["images", "one image"])
def test_maps_may_be_changed_in_place(images: Tensor) -> None:
    found = []
    for convolve in (fourier_conv2d, conv2d):
        parts = [part.clone().requires_grad_() for part in (images, KERNELS, BIAS)]
        maps = convolve(*parts)
        changed = nn.ReLU(inplace=True)(maps)
        assert changed is maps
        changed.square().sum().backward()
        found.append((changed.detach(), *(part.grad for part in parts)))
    assert_alike(*found)


def test_no_maps_are_copied_so_that_they_may_be_changed() -> None:
    maps = fourier_conv2d(*learnt())
    assert not maps._is_view()
    assert maps.permute(2, 3, 0, 1).is_contiguous()


def test_maps_put_in_another_order_in_memory_may_be_changed_in_place() -> None:
    parts = learnt()
    by_images(fourier_conv2d(*parts)).relu_().sum().backward()
    assert_alike(parts[0].grad, grad(lambda images: conv2d(images, KERNELS, BIAS).relu().sum())(IMAGES))


def test_gradients_that_have_gradients_may_be_changed_in_place() -> None:
    parts = learnt()
    gradients = torch.autograd.grad(fourier_conv2d(*parts).square().sum(), parts, create_graph=True)
    for each in gradients:
        each.mul_(2)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "forward over backward"])
def test_forward_mode_agrees_with_finite_differences(backward: bool) -> None:
    parts = [part.clone().requires_grad_() for part in (IMAGES[:1, :, :4, :3], KERNELS[:2], BIAS[:2])]
    if backward:
        only = {"check_rev_over_rev": False, "check_undefined_grad": False}  # as beside FourierConv2d
        assert torch.autograd.gradgradcheck(fourier_conv2d, parts, check_fwd_over_rev=True, **only)
    else:
        assert torch.autograd.gradcheck(fourier_conv2d, parts, check_forward_ad=True)


@pytest.mark.parametrize("moved", [(0,), (1,), (2,), (0, 1, 2)])
def test_jvp_is_that_of_torch(moved: tuple[int, ...]) -> None:
    found = []
    for convolve in (fourier_conv2d, conv2d):

        def of_moved(*moving: Tensor, convolve: Convolve = convolve) -> Tensor:
            parts = [IMAGES, KERNELS, BIAS]
            for index, part in zip(moved, moving, strict=True):
                parts[index] = part
            return convolve(*parts)

        at = tuple((IMAGES, KERNELS, BIAS)[index] for index in moved)
        found.append(jvp(of_moved, at, tuple(part.cos() for part in at)))
    assert_alike(*found)


def test_derivatives_of_torch_func_are_those_of_torch() -> None:
    ours, theirs = curved(fourier_conv2d), curved(conv2d)
    assert_alike(grad(ours)(KERNELS, IMAGES), grad(theirs)(KERNELS, IMAGES))
    second = hessian(theirs)(KERNELS, IMAGES)
    for second_of in (hessian, lambda f: jacrev(jacrev(f)), lambda f: jacrev(jacfwd(f))):
        assert_alike(second_of(ours)(KERNELS, IMAGES), second)


@pytest.mark.parametrize("axes", [(0, None, None), (None, 0, None), (None, None, 0), (0, 0, 0)])
def test_vmap_is_that_of_torch(axes: tuple[int | None, ...]) -> None:
    several = (draw(4, 3, 2, 6, 5), draw(4, 4, 2, 3, 2), draw(4, 4))
    parts = [many if axis == 0 else many[0] for many, axis in zip(several, axes, strict=True)]
    expected = torch.stack(
        [
            conv2d(*(part[n] if axis == 0 else part for part, axis in zip(parts, axes, strict=True)))
            for n in range(4)
        ]
    )
    assert_alike(vmap(fourier_conv2d, axes)(*parts), expected)


def test_vmap_takes_one_image_each_along_any_axis_and_within_another() -> None:
    kernels = draw(5, 4, 2, 3, 2)
    along_last = vmap(lambda image: fourier_conv2d(image, KERNELS, BIAS), in_dims=3)
    assert_alike(along_last(IMAGES.movedim(0, 3)), conv2d(IMAGES, KERNELS, BIAS))
    nested = vmap(lambda kernel: vmap(lambda image: fourier_conv2d(image, kernel))(IMAGES))
    assert_alike(nested(kernels), torch.stack([conv2d(IMAGES, kernel) for kernel in kernels]))


@pytest.mark.parametrize("by", [0, 1])
def test_gradients_image_by_image_are_those_of_torch(by: int) -> None:
    ours, theirs = (vmap(grad(curved(convolve), by), (None, 0)) for convolve in (fourier_conv2d, conv2d))
    assert_alike(ours(KERNELS, IMAGES), theirs(KERNELS, IMAGES))


def test_the_module_is_called_as_a_function_of_its_weights() -> None:
    ours, theirs = FourierConv2d(2, 4, (3, 2)).double(), nn.Conv2d(2, 4, (3, 2)).double()
    weights = dict(theirs.named_parameters())

    def loss(module: nn.Module) -> Callable[[dict[str, Tensor]], Tensor]:
        return lambda given: functional_call(module, given, (IMAGES,)).square().sum()

    assert_alike(grad(loss(ours))(weights), grad(loss(theirs))(weights))


def test_several_directions_come_back_by_vmap_and_the_older_way_is_refused_in_a_line() -> None:
    parts = learnt()
    maps, back = vjp(fourier_conv2d, IMAGES, KERNELS, BIAS)
    directions = draw(7, *maps.shape)
    theirs = torch.autograd.grad(conv2d(*parts), parts, directions, is_grads_batched=True)
    assert_alike(vmap(back)(directions), theirs)
    with pytest.raises(SysidError) as error:
        torch.autograd.grad(fourier_conv2d(*parts), parts, directions, is_grads_batched=True)
    assert str(error.value) == (
        "fourier_conv2d: is_grads_batched=True (or vectorize=True) is not offered; "
        "torch.func.vmap over torch.func.vjp is, and one gradient after another"
    )


def test_one_pixel_that_is_no_number_spoils_its_image_and_no_other() -> None:
    images = IMAGES.clone()
    images[1, 0, 0, 0] = torch.nan
    maps = fourier_conv2d(images, KERNELS, BIAS)
    assert maps[1].isnan().all()
    assert_alike(maps[::2], conv2d(images[::2], KERNELS, BIAS))
