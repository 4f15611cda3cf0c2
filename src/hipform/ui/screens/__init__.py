"""What the pages show. Screens select and word; whatever is computed comes from below `api`."""
