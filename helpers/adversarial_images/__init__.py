"""Adversarial images: their figures and their panel."""

from helpers.adversarial_images.panel import Attacked, attack_panel, draw_change, show_flip
