"""What should stand in each chart, what does, and how it came to be so."""
