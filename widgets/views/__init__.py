"""One view a file: what it says (plain data, from facts), and the widget that shows it."""
