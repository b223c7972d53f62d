"""Rows about images made by gradients of pixels: the attack of lesson 04, the ideal cat of 03.

Attack: how many gradients until all dogs but one are tabbies. Ideal cat: what an image is worth
after some seconds; p(tabby) is 0–1.
"""

import contextlib
import io
import time
from collections.abc import Iterator
from functools import cache, partial
from itertools import count

import numpy as np
from lessons import TABBY, Size, lesson

from helpers.datasets import cats_and_dogs
from helpers.networks.names import DOG_CLASSES
from helpers.photographs import batches_of, load_squares, to_8bit


def from_0_to_1(network):
    """Return a PyTorch network that takes values 0–1."""
    import torch

    class Times255(torch.nn.Module):
        def forward(self, values):
            return 255 * values

    return torch.nn.Sequential(Times255(), network).eval()  # torchattacks puts the mode back


def our_attack(framework: str, size: Size) -> Iterator[dict]:
    cells = "04-03", "04-05", "04-05b", "04-10", "04-14"
    names = lesson(f"04_adversarial_cat_{framework}", *cells, size=size)
    tries = [(n, partial(names["attack"], target=TABBY, budget=1, steps=n)) for n in size.gradients]
    yield from time_attack(tries, names["first_class"], size)


def peer_attack(peer: str, size: Size) -> Iterator[dict]:
    """Run the attack of another library on the same network, with several step sizes."""
    if peer == "torchattacks":
        import torchattacks
    import foolbox
    import torch

    cells = "04-03", "04-05", "04-05b"
    names = lesson("04_adversarial_cat_pytorch", *cells, size=size)
    network, device, pixels = names["network"], names["device"], names["to_pixels"]
    goal = foolbox.criteria.TargetedMisclassification

    def with_foolbox(part, tabby, steps, step):
        pgd = foolbox.attacks.LinfPGD(steps=steps, rel_stepsize=step, random_start=False)
        victim = foolbox.PyTorchModel(network, bounds=(0, 255), device=device)
        return pgd(victim, part, goal(tabby), epsilons=1)[1]

    def with_torchattacks(part, tabby, steps, step):
        victim = from_0_to_1(network)
        pgd = torchattacks.PGD(victim, 1 / 255, step / 255, steps, random_start=False)
        pgd.set_mode_targeted_by_label(quiet=True)
        return 255 * pgd(part / 255, tabby)

    change = {"Foolbox": with_foolbox, "torchattacks": with_torchattacks}[peer]

    def attack(photos, steps, step):
        found = []
        for part in batches_of(photos, names["BATCH"]):
            tabby = torch.full((len(part),), TABBY, device=device)
            found.append(change(pixels(part, device), tabby, steps, step).detach())
        return torch.cat(found).permute(0, 2, 3, 1).cpu().numpy()

    tries = [(n, partial(attack, steps=n, step=x)) for n in size.gradients for x in (0.25, 0.5)]
    yield from time_attack(tries, names["first_class"], size)


def time_attack(tries, first_class, size: Size) -> Iterator[dict]:
    """Find the fewest gradients that change all dogs but one; then yield the seconds of a dog."""
    pets = cats_and_dogs(size.per_class)
    paths = np.array(pets.paths)[pets.labels == 1]
    dogs = load_squares(paths[: 2 * size.dogs])
    dogs = dogs[np.isin(first_class(dogs), DOG_CLASSES)][: size.dogs]
    for gradients, attack in tries:  # noqa: B007, the last one is what is timed
        missed = 0
        for part in batches_of(dogs, 16):
            missed += int((first_class(to_8bit(attack(part))) != TABBY).sum())
            if missed > 1:
                break  # too few gradients, whatever becomes of the other dogs
        if missed <= 1:
            break
    found = {"dogs": len(dogs), "tabbies": len(dogs) - missed, "gradients": gradients}
    if missed > 1:  # not reached
        found |= {"tabbies": None, "gradients": None}
    some = dogs[: size.timed_dogs]
    while True:
        begin = time.perf_counter()
        attack(some)
        yield found | {"seconds a dog": (time.perf_counter() - begin) / len(some)}


@cache
def ideal_names(framework: str, size: Size) -> dict:
    """Return the variables of lesson 03: its cells up to `make_ideal`, and `judge`."""
    return lesson(f"03_ideal_cat_{framework}", size=size, until="def make_ideal", also="def judge")


def worth(image: np.ndarray, seconds: float, names: dict) -> dict:
    """Return the seconds, and what the lesson measures of an image, uint8, once it is a file."""
    found = names["judge"](image, TABBY)
    keys = {
        "p_clean": "p",
        "p_shifted": "p, shifted",
        "p_jpeg75": "p, JPEG",
        "p_witness": "witness",
    }
    values = {title: float(found[key]) for key, title in keys.items()}
    says_tabby = float(found["witness_top1"] == TABBY)
    return {"seconds": seconds} | values | {"witness says tabby": says_tabby}


def our_ideal(framework: str, setting: str, size: Size) -> Iterator[dict]:
    names = ideal_names(framework, size)
    changes = names[setting] | ({"steps": size.ideal_steps} if size.ideal_steps else {})
    for seed in count(1):
        names["SEED"] = seed
        with contextlib.redirect_stdout(io.StringIO()):
            image, _, seconds = names["make_ideal"](TABBY, name="", **changes)
        yield worth(image, seconds, names)


def peer_ideal(peer: str, size: Size) -> Iterator[dict]:
    """Let another library make the image in the time of our slow setting: so many of its steps."""
    make = {"horama": with_horama, "torch-lucent": with_lucent, "xplique": with_xplique}[peer]
    framework = "tensorflow" if peer == "xplique" else "pytorch"
    make = make()  # fails at once when the package is missing
    names = ideal_names(framework, size)
    climb = make(names)
    steps = size.ideal_steps or round(slow_seconds(names) / seconds_a_step(climb))
    while True:
        begin = time.perf_counter()
        image = climb(steps)
        seconds = time.perf_counter() - begin
        yield worth(to_8bit(255 * image), seconds, names) | {"steps": steps}


def seconds_a_step(climb) -> float:
    """Return the seconds of a step. What a run takes before its first step does not count."""
    times = []
    for steps in (2, 5, 25):  # the first run prepares
        begin = time.perf_counter()
        climb(steps)
        times.append(time.perf_counter() - begin)
    return max(times[2] - times[1], times[2] / 100) / 20


def slow_seconds(names: dict) -> float:
    """Return the seconds of our slow setting on this machine, from some of its steps."""
    settings, steps = names["SLOW"], 10
    with contextlib.redirect_stdout(io.StringIO()):
        names["make_ideal"](TABBY, name="", **settings | {"steps": 2})
        seconds = names["make_ideal"](TABBY, name="", **settings | {"steps": steps})[2]
    return seconds / steps * settings["steps"]


def with_horama():
    import horama

    def prepare(names):
        network, side = from_0_to_1(names["network"]), names["SIZE"]
        settings = dict(image_size=side, model_input_size=side, values_range=(0, 1), device="cpu")
        settings["box_size"] = (0.6, 0.9)  # its own, 0.2 to 0.25, is for images of 1280 pixels

        def climb(steps):
            def score(images):
                return network(images)[:, TABBY].mean()

            image, _ = horama.fourier(score, total_steps=steps, **settings)
            return image.detach().permute(1, 2, 0).numpy()

        return climb

    return prepare


def with_lucent():
    from lucent.optvis import objectives, param, render, transform

    def prepare(names):
        network = from_0_to_1(names["network"])
        views = [t for t in transform.standard_transforms if "rotate" not in t.__qualname__]

        def climb(steps):
            tabby = objectives.channel("labels", TABBY)
            options = dict(transforms=views, preprocess=False, progress=False, show_image=False)
            options |= dict(param_f=lambda: param.image(names["SIZE"]), thresholds=(steps,))
            return render.render_vis(network, tabby, **options)[0][0]

        return climb

    return prepare


def with_xplique():
    from xplique.features_visualizations import Objective, optimize

    def prepare(names):
        import keras

        network, side = names["network"], names["SIZE"]
        pixels = keras.Input((side, side, 3))
        values = network.normalise(keras.layers.Rescaling(255.0)(pixels))
        model = keras.Model(pixels, network.head(network.backbone(values)))

        def climb(steps):
            tabby = Objective.neuron(model, -1, TABBY)
            images, _ = optimize(tabby, nb_steps=steps, custom_shape=(side, side))
            return np.asarray(images[-1])[0]

        return climb

    return prepare
