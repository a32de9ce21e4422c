"""The rows of the benchmark, each runnable alone: `jobs`, `tables`, and the functions that the children run."""

ROWS = {
    "a": "storm",
    "b": "rollover",
    "c": "outage",
    "d": "revocation",
    "e": "hot",
    "f": "shapes",
    "g": "life",
    "h": "footprint",
    "i": "security",
}
