"""Beside the lessons: what only one of them uses. `helpers` has what they share."""
