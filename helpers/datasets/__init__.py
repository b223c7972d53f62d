"""Sets of photographs with labels and a split that never changes."""

from helpers.datasets.loading import Photographs
from helpers.datasets.official import cats_and_dogs
