"""What this process has counted for /metrics so far, and since a moment."""

from prometheus_client.parser import text_string_to_metric_families

from twofa.adapters import metrics


def counts():
    """Give everything counted so far in this process, by name and labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith(("_created", "_bucket"))
    }


def more(before):
    """Give what was counted since."""
    return {
        key: value - before.get(key, 0)
        for key, value in counts().items()
        if value != before.get(key, 0)
    }
