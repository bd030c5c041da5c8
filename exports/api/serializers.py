"""What the API says of releases, labels and runs: every field is named (T09)."""

from typing import Any

from rest_framework import serializers

from exports.formats.columns import ReleaseFacts, label_values
from exports.records import LabelRecord


class ReleaseSerializer(serializers.Serializer[Any]):
    """A release without its labels."""

    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    name = serializers.CharField()
    note = serializers.CharField()
    labels = serializers.IntegerField(source="n_labels")
    content_hash = serializers.CharField()
    canary = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReleaseDetailSerializer(ReleaseSerializer):
    """`data_card`: rounds, rubrics, raters, reliability, exclusions, lineage, changes."""

    data_card = serializers.JSONField()


class LabelSerializer(serializers.Serializer[Any]):
    """A gold label with the columns of an exported file."""

    item_id = serializers.CharField()
    criterion = serializers.CharField()
    part = serializers.CharField(
        required=False, help_text="What of the item, in releases with criteria asked of parts."
    )
    value = serializers.JSONField(allow_null=True)
    origin = serializers.CharField()
    split = serializers.CharField()
    n_ratings = serializers.IntegerField()
    distribution = serializers.JSONField()
    raters = serializers.JSONField()
    decision_value = serializers.JSONField(allow_null=True)
    decision_cause = serializers.CharField(allow_null=True)
    decision_rationale = serializers.CharField(allow_null=True)
    decision_by = serializers.CharField(allow_null=True)
    decision_at = serializers.CharField(allow_null=True)
    decision_blind_value = serializers.JSONField(allow_null=True)
    rubric = serializers.CharField()
    rubric_version = serializers.IntegerField()
    rubric_hash = serializers.CharField()
    kind = serializers.CharField()
    level = serializers.CharField()
    round = serializers.CharField()
    alpha = serializers.FloatField(allow_null=True)
    alpha_low = serializers.FloatField(allow_null=True)
    alpha_high = serializers.FloatField(allow_null=True)
    alpha_undefined = serializers.CharField(allow_null=True)
    model = serializers.JSONField()
    slices = serializers.JSONField()
    group = serializers.CharField()
    item_hash = serializers.CharField()
    release = serializers.IntegerField()
    content_hash = serializers.CharField()
    canary = serializers.CharField()


def label_fields(facts: ReleaseFacts, record: LabelRecord) -> dict[str, Any]:
    return label_values(facts, record)


class RunSerializer(serializers.Serializer[Any]):
    """A judge run; `scale` says for each dimension how many scores, which values and range."""

    id = serializers.CharField(source="public_id")
    judge = serializers.CharField(source="judge.name")
    judge_id = serializers.CharField(source="judge.public_id")
    kind = serializers.CharField(source="judge.kind")
    version = serializers.CharField()
    scores = serializers.IntegerField(source="n_scores")
    sha256 = serializers.CharField()
    scale = serializers.JSONField()
    created_at = serializers.DateTimeField()
