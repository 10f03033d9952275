"""What `bounced` costs, and what its rules do: `make bench`, `make simulate`. Never a part of the tests."""
