"""What the sender tells: whom it sent what, and how much; rates come of that."""
