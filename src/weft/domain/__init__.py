"""What the operations mean. No HTTP, no SQL, no environment."""
