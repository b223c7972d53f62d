"""Which numbers each lesson saves, their ranges, and how the results board shows them."""

import math

from helpers.networks.names import NETWORKS, label_of

FRAMEWORKS = ("pytorch", "tensorflow")
EVERY_LESSON = "dataset network framework seconds"
# Lesson: title on the board, and the keys that it saves besides those of every lesson.
LESSONS = {
    "01_feature_extraction": (
        "01 Feature extraction",
        "train_images test_images test_accuracy test_interval pixels_accuracy images_per_second",
    ),
    "02_fine_tuning": (
        "02 Fine-tuning",
        "frozen_accuracy fine_tuned_accuracy scratch_accuracy test_images trainable_parameters "
        "total_parameters",
    ),
    "03_ideal_cat": (
        "03 Ideal cat",
        "target steps p_clean p_shifted p_jpeg75 p_witness witness_top1 tv seconds_per_image",
    ),
    "04_adversarial_cat": (
        "04 Adversarial cat",
        "target images success success_saved_png largest_change_levels psnr_db ssim "
        "success_jpeg75 random_noise_success seconds_per_image",
    ),
    "05_training_tricks": ("05 Training tricks", ""),
    "pet_breeds": ("Lab: pet breeds", "breeds test_images test_accuracy top3_accuracy"),
}
# Key: kind of number. It decides which values are right, and the unit on the board.
ROWS = {
    "network": "network", "partner_network": "network", "witness_network": "network",
    "dataset": "dataset", "seconds": "seconds", "seconds_per_image": "seconds",
    "train_images": "pictures", "test_images": "pictures", "images": "pictures",
    "images_per_second": "speed", "breeds": "count", "steps": "steps",
    "trainable_parameters": "count", "total_parameters": "count",
    "test_accuracy": "share", "top3_accuracy": "share", "zero_training_accuracy": "share",
    "threshold_accuracy": "share",
    "pixels_accuracy": "share", "frozen_accuracy": "share", "fine_tuned_accuracy": "share",
    "scratch_accuracy": "share", "success": "share", "success_saved_png": "share",
    "success_jpeg75": "share", "random_noise_success": "share",
    "test_interval": "interval", "p_clean": "probability", "p_shifted": "probability",
    "p_jpeg75": "probability", "p_witness": "probability",
    "budget_levels": "budget", "jpeg75_budget_levels": "budget",
    "random_noise_levels": "level", "largest_change_levels": "level",
    "psnr_db": "decibels", "ssim": "ssim", "tv": "number",
    "target": "class", "witness_top1": "any class",
}  # fmt: skip
# Keys of results that were saved before the witness had its name: what they are called now.
OLD_KEYS = {
    "second_network": "witness_network",
    "p_second_network": "p_witness",
    "second_network_top1": "witness_top1",
}
LIMITS = {
    "share": (0, 1), "probability": (0, 1), "ssim": (-1, 1), "class": (0, 999),
    "level": (0, 255), "budget": (0, 255),
    "pictures": (0, math.inf), "count": (0, math.inf), "steps": (0, math.inf),
    "speed": (0, math.inf), "seconds": (0, math.inf), "decibels": (0, math.inf),
    "number": (0, math.inf),
}  # fmt: skip
# Lesson: its rows on the board, as name, key, and the keys that say under which conditions the
# number was measured. The same key may mean different things in two lessons.
BOARD = {
    "01_feature_extraction": [
        ("Trained on", "train_images", ""),
        ("Test accuracy, cat or dog", "test_accuracy", "test_interval test_images"),
        ("The same kind of head on raw pixels", "pixels_accuracy", "test_images"),
        ("Without training, by the 1000 ImageNet classes", "zero_training_accuracy", "test_images"),
        ("The same, with one threshold learned", "threshold_accuracy", "test_images"),
        ("Speed of the backbone, opening files included", "images_per_second", ""),
    ],
    "02_fine_tuning": [
        ("Which way is up: accuracy, frozen", "frozen_accuracy", "test_images"),
        ("Which way is up: accuracy, fine-tuned", "fine_tuned_accuracy", "test_images"),
        ("Which way is up: accuracy, from scratch", "scratch_accuracy", "test_images"),
        ("Parameters that fine-tuning may change", "trainable_parameters", ""),
        ("All parameters of the network", "total_parameters", ""),
    ],
    "03_ideal_cat": [
        ("Waves and colours measured on", "dataset", ""),
        ("Partner that helped to make the image", "partner_network", ""),
        ("Target class (number: name)", "target", ""),
        ("p(target), the saved image", "p_clean", ""),
        ("p(target), mean of 64 shifted, scaled, mirrored copies", "p_shifted", ""),
        ("p(target), after JPEG at quality 75", "p_jpeg75", ""),
        ("p(target), in the witness", "p_witness", "witness_network"),
        ("First class in the witness", "witness_top1", "witness_network"),
        ("Total variation of the image, values 0–1", "tv", ""),
        ("Time to make one ideal image", "seconds_per_image", "steps"),
    ],
    "04_adversarial_cat": [
        ("Target class (number: name)", "target", ""),
        ("Plain attack succeeds, not saved", "success", "images budget_levels"),
        ("Plain attack succeeds, saved as PNG", "success_saved_png", "images budget_levels"),
        ("Plain attack, largest change of a value", "largest_change_levels", "budget_levels"),
        ("Plain attack, similarity (PSNR), mean", "psnr_db", "images budget_levels"),
        ("Plain attack, similarity (SSIM, 1 = the same), mean", "ssim", "images budget_levels"),
        ("Plain attack, time for one image", "seconds_per_image", "budget_levels"),
        (
            "JPEG-aware attack succeeds, after JPEG at quality 75",
            "success_jpeg75",
            "images jpeg75_budget_levels",
        ),
        (
            "Random noise succeeds, saved as PNG (control)",
            "random_noise_success",
            "images random_noise_levels",
        ),
    ],
    "05_training_tricks": [],
    "pet_breeds": [
        ("Breeds", "breeds", ""),
        ("Test accuracy", "test_accuracy", "test_interval test_images"),
        ("Right breed among the first three", "top3_accuracy", "test_images"),
    ],
}
NETWORK = ("Network", "network", "")
TIME = ("Time from the first cell to the last, reading included", "seconds", "")


def find_keys(lesson: str) -> list[str]:
    """Return the keys that a lesson must save; ValueError for a name that is no lesson."""
    title, _, framework = lesson.rpartition("_")
    if title not in LESSONS or framework not in FRAMEWORKS:
        names = ", ".join(LESSONS)
        raise ValueError(
            f"{lesson!r} is no lesson. Names: one of {names}, then _pytorch or _tensorflow."
        )
    return [*EVERY_LESSON.split(), *LESSONS[title][1].split()]


def with_new_keys(measured: dict) -> dict:
    """Return a saved result with the keys of today: a learner's older files are still shown."""
    return {OLD_KEYS.get(key, key): value for key, value in measured.items()}


def find_problems(lesson: str, measured: dict) -> list[str]:
    """Say which keys of a result are missing or out of range; an empty list when it is right."""
    if not isinstance(measured, dict):
        return ["it is not a table of keys and values"]
    keys = find_keys(lesson)
    missing = [key for key in keys if key not in measured]
    problems = [f"missing: {', '.join(missing)}"] if missing else []
    for key in sorted({*keys, *ROWS} & measured.keys()):
        if problem := _problem(key, measured):
            problems.append(problem)
    framework = lesson.rpartition("_")[2]
    if str(measured.get("framework", framework)).lower() != framework:
        problems.append(f"framework must be {framework!r}, not {measured['framework']!r}")
    return problems


def rows_of(lesson: str, pair: list[dict | None], quiz: dict | None) -> list[tuple[str, ...]]:
    """Return a lesson's part of the board: the title, then one row for each measured number.

    `pair` holds what the two notebooks saved, `quiz` the score of the lesson's quiz. A row of two
    cells counts for both notebooks.
    """
    rows = [(LESSONS[lesson][0], *("not run yet" if m is None else "" for m in pair))]
    for name, key, conditions in [NETWORK, *BOARD[lesson], TIME]:
        if any(m and key in m for m in pair):
            rows.append((f"  {name}", *(_cell(m or {}, key, conditions) for m in pair)))
    if quiz:
        open_ = quiz["total"] - quiz["checked"]
        rest = f", {open_} not checked yet" if open_ else ""
        rows.append(("  Quiz, best try", f"{quiz['right']} of {quiz['total']} right{rest}"))
    return rows


def _things(measured: dict) -> str:
    return "drawn pets" if measured["dataset"] == "drawn" else "photographs"


def _problem(key: str, measured: dict) -> str | None:
    value = measured[key]
    if key == "dataset" and value not in ("photos", "drawn"):
        return f"dataset must be 'photos' or 'drawn', not {value!r}"
    kind = ROWS.get(key)
    if (key == "framework" or kind == "network") and not (isinstance(value, str) and value):
        return f"{key} must be a name, not {value!r}"
    if key == "test_interval":
        return _interval_problem(value, measured.get("test_accuracy"))
    low, high = LIMITS.get(kind, (None, None))
    if low is not None and not (_is_number(value) and low <= value <= high):
        limits = f"{low} or more" if high == math.inf else f"between {low} and {high}"
        return f"{key} must be a number, {limits}, not {value!r}"
    return None


def _interval_problem(interval, accuracy) -> str | None:
    pair = isinstance(interval, list | tuple) and len(interval) == 2
    if not pair or not all(map(_is_number, interval)) or not 0 <= interval[0] <= interval[1] <= 1:
        return f"test_interval must be [low, high] between 0 and 1, not {interval!r}"
    if _is_number(accuracy) and not interval[0] - 1e-9 <= accuracy <= interval[1] + 1e-9:
        return f"test_interval {list(interval)} does not contain test_accuracy {accuracy}"
    return None


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _cell(measured: dict, key: str, conditions: str) -> str:
    if measured.get(key) is None:
        return ""
    known = [_words(measured, name) for name in conditions.split() if name in measured]
    return _words(measured, key) + (f" ({', '.join(known)})" if known else "")


def _words(measured: dict, key: str) -> str:
    """Return a value with its unit."""
    value, kind = measured[key], ROWS[key]
    match kind:
        case "share":
            return f"{100 * value:.1f} %"
        case "interval":
            return f"95 % interval {100 * value[0]:.1f}–{100 * value[1]:.1f} %"
        case "probability" | "ssim":
            return f"{value:.3f}"
        case "dataset":
            return _words(measured, "images") if "images" in measured else _things(measured)
        case "pictures":
            return f"{value:,} {_things(measured)}"
        case "speed":
            return f"{_short(value)} {_things(measured)} per second"
        case "steps":
            return f"{value:,} steps"
        case "level" | "budget":
            name = "budget " if kind == "budget" else ""
            return f"{name}{value:g} {'level' if value == 1 else 'levels'}"
        case "decibels":
            return f"{value:.1f} dB"
        case "seconds":
            return _time(value)
        case "network":
            return NETWORKS[value].title if value in NETWORKS else value
        case "class" | "any class":
            return label_of(int(value)) if value in range(1000) else str(value)
    return _short(value)


def _short(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 100 else f"{value:,.0f}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
