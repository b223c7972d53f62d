"""All checks of the lab, by the names that the notebooks use."""

from lab.checks.check_data import augmentation, batches, lists, names, validation_part
from lab.checks.check_models import features, fine_tuning, head, scratch, tuned
from lab.checks.check_results import challenge, final_test, measures, pairs, species

__all__ = [
    "augmentation", "batches", "challenge", "features", "final_test", "fine_tuning", "head",
    "lists", "measures", "names", "pairs", "scratch", "species", "tuned", "validation_part",
]  # fmt: skip
