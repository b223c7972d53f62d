"""All checks of the lab, by the names that the notebooks use."""

from lab.checks.check_data import augmentation, batches, lists, names, validation_part
from lab.checks.check_models import feature_table, features, head, scratch
from lab.checks.check_results import challenge, final_test, measures, pairs, species
from lab.checks.check_tuning import tuned

__all__ = [
    "augmentation", "batches", "challenge", "feature_table", "features", "final_test", "head",
    "lists", "measures", "names", "pairs", "scratch", "species", "tuned", "validation_part",
]  # fmt: skip
