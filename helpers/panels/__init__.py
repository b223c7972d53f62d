"""Interactive panels of the notebooks."""

from helpers.panels.choice import choice_panel
from helpers.panels.class_search import find_class
from helpers.panels.photo import photo_panel
from helpers.panels.widgets import show_widget
