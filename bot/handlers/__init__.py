"""What is done about an update: one room for each kind of thing that people do."""
