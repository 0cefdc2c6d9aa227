"""How modules become running objects: scan, link, order, build, start: one file each."""
