"""Official files: from the data folder, a mirror or their source, checked."""
