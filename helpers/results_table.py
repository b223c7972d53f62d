"""Which numbers each lesson saves, their ranges, and their names on the results board."""

import math

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
        "target steps p_clean p_shifted p_jpeg75 p_second_network second_network_top1 tv "
        "seconds_per_image",
    ),
    "04_adversarial_cat": (
        "04 Adversarial cat",
        "target images success success_saved_png largest_change_levels psnr_db ssim "
        "success_jpeg75 random_noise_success seconds_per_image",
    ),
    "05_training_tricks": ("05 Training tricks", ""),
    "pet_breeds": ("Lab: pet breeds", "breeds test_images test_accuracy top3_accuracy"),
}
# Key: name on the board, kind of number. The interval stands in the row of its accuracy.
ROWS = {
    "test_accuracy": ("Test accuracy", "share"),
    "top3_accuracy": ("Right class among the first three", "share"),
    "zero_training_accuracy": ("Without any training", "share"),
    "pixels_accuracy": ("The same kind of head on raw pixels", "share"),
    "frozen_accuracy": ("Accuracy, frozen backbone", "share"),
    "fine_tuned_accuracy": ("Accuracy, fine-tuned", "share"),
    "scratch_accuracy": ("Accuracy, trained from scratch", "share"),
    "p_clean": ("Probability of the target class", "share"),
    "p_shifted": ("The same, shifted, scaled and flipped", "share"),
    "p_jpeg75": ("The same, after JPEG at quality 75", "share"),
    "p_second_network": ("The same, in a second network", "share"),
    "success": ("Attack succeeds", "share"),
    "success_saved_png": ("Attack succeeds after saving as PNG", "share"),
    "success_jpeg75": ("Attack succeeds after JPEG at quality 75", "share"),
    "random_noise_success": ("Random noise succeeds (control)", "share"),
    "largest_change_levels": ("Largest change of a pixel, in levels of 255", "level"),
    "psnr_db": ("Similarity, PSNR in decibels", "number"),
    "ssim": ("Similarity, SSIM (1 = the same)", "ssim"),
    "tv": ("Total variation", "number"),
    "target": ("Target class (ImageNet index)", "index"),
    "second_network_top1": ("First class of the second network (ImageNet index)", "any"),
    "breeds": ("Breeds", "count"),
    "images": ("Photographs attacked", "count"),
    "train_images": ("Training photographs", "count"),
    "test_images": ("Test photographs", "count"),
    "steps": ("Steps", "count"),
    "trainable_parameters": ("Trainable parameters", "count"),
    "total_parameters": ("All parameters", "count"),
    "images_per_second": ("Photographs per second", "number"),
    "seconds_per_image": ("Seconds per photograph", "number"),
    "network": ("Network", "text"),
    "dataset": ("Data", "dataset"),
    "seconds": ("Seconds for the whole notebook", "number"),
}
LIMITS = {
    "share": (0, 1), "ssim": (-1, 1), "level": (0, 255), "index": (0, 999),
    "count": (0, math.inf), "number": (0, math.inf),
}  # fmt: skip


def find_keys(lesson: str) -> list[str]:
    """Return the keys that a lesson must save; ValueError for a name that is no lesson."""
    title, _, framework = lesson.rpartition("_")
    if title not in LESSONS or framework not in FRAMEWORKS:
        names = ", ".join(LESSONS)
        raise ValueError(
            f"{lesson!r} is no lesson. Names: one of {names}, then _pytorch or _tensorflow."
        )
    return [*EVERY_LESSON.split(), *LESSONS[title][1].split()]


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


def rows_of(lesson: str, title: str, pair: list[dict | None]) -> list[tuple[str, str, str]]:
    """Return a lesson's part of the board: the title, then one row for each measured key."""
    if pair == [None, None]:
        return [(title, "not run yet", "not run yet")]
    states = ["not run yet" if m is None else _dataset(m) for m in pair]
    rows = [(title, *states)]
    for key, (name, _) in ROWS.items():
        if key != "dataset" and any(m and key in m for m in pair):
            rows.append((f"  {name}", *(_cell(key, m) if m else "" for m in pair)))
    return rows


def _dataset(measured: dict) -> str:
    return "drawn pets" if measured["dataset"] == "drawn" else "photographs"


def _problem(key: str, measured: dict) -> str | None:
    value = measured[key]
    if key == "dataset" and value not in ("photos", "drawn"):
        return f"dataset must be 'photos' or 'drawn', not {value!r}"
    if key in ("network", "framework") and not (isinstance(value, str) and value):
        return f"{key} must be a name, not {value!r}"
    if key == "test_interval":
        return _interval_problem(value, measured.get("test_accuracy"))
    low, high = LIMITS.get(ROWS.get(key, ("", ""))[1], (None, None))
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


def _cell(key: str, measured: dict) -> str:
    value, kind = measured.get(key), ROWS[key][1]
    if value is None:
        return ""
    if kind == "share":
        return f"{100 * value:.1f} %{_precision(measured) if key == 'test_accuracy' else ''}"
    if kind == "count":
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value)


def _precision(measured: dict) -> str:
    count = f"{measured['test_images']:,} {_dataset(measured)}"
    if "test_interval" not in measured:
        return f" ({count})"
    low, high = measured["test_interval"]
    return f" ({100 * low:.1f}–{100 * high:.1f} %, {count})"
