"""Where weights come from: a folder, the demo recipes, or a hub."""
