"""What the README's numbers come from: one module a benchmark, each runnable by one command."""
