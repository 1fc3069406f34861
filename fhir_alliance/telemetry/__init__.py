"""What the service tells of its own work: metrics, and one line an event; nobody's data in either."""
