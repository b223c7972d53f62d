"""Pretrained networks: their names and classes here; `pytorch` and `tensorflow` load them."""

from helpers.networks.names import (
    CAT_CLASSES,
    DOG_CLASSES,
    NETWORKS,
    class_names,
    label_of,
    top_classes,
)
