"""How fast the book is, measured in one run on one machine: `make bench`."""
