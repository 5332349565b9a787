"""The moral bank: errands become points by the residents' rating, points become rice and oil."""
