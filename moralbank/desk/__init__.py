"""The staff's and the volunteer's pages, which span rooms."""
