"""What is asked of agents' spans as SQL: conditions, groups, measures, buckets. Values travel as parameters."""
