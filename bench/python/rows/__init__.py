"""The rows of the benchmark, each runnable alone; a row has `jobs` and `tables`, and the functions that its children run."""

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
