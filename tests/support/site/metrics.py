"""The metrics of this process so far, and since a moment."""

from prometheus_client.parser import text_string_to_metric_families

from twofa.adapters import metrics


def counts() -> dict[tuple[str, ...], float]:
    """Return every count of this process, by name and labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith(("_created", "_bucket"))
    }


def more(before: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """Return what was counted since ``before``, by name and labels."""
    return {
        key: value - before.get(key, 0)
        for key, value in counts().items()
        if value != before.get(key, 0)
    }
