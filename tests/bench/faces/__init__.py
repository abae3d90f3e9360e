"""Which faces are found: ours beside other detectors, on scenes composed of portraits that anybody may use."""
