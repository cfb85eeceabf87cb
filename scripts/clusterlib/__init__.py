"""What scripts/cluster is made of."""
