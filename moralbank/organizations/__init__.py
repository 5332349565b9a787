"""The tree: district → street → community → station, supermarket; teams and pools hang on it."""
