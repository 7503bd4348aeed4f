"""Contract suites: what every block, strategy and evaluator must pass, also one of your own."""
