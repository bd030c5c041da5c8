"""Shape of what is posted; nothing is saved here."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotation.choices import RoundState
from annotation.models import Round
from exports.choices import JudgeKind


class CutForm(forms.Form):
    """Which rounds a release is cut from, and on what terms."""

    rounds = forms.MultipleChoiceField(
        label=_("Rounds"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where an item was judged in several, the newest counts."),
    )
    min_ratings = forms.IntegerField(
        label=_("Least ratings of a label"),
        min_value=1,
        max_value=100,
        initial=1,
        help_text=_("Labels that rest on fewer are left out and counted. Decisions always stay."),
    )
    skip_open = forms.BooleanField(
        label=_("Leave open labels out"),
        required=False,
        help_text=_("Otherwise one open label refuses the release. The data card says how many."),
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5000,
        help_text=_("What is new and why. It stands on the data card for good."),
    )

    def __init__(self, *args: Any, rounds: list[Round], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["rounds"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(round_.public_id, _label(round_)) for round_ in rounds]


def _label(round_: Round) -> str:
    parts = [round_.name, round_.get_kind_display(), str(round_.rubric_version)]
    if round_.state != RoundState.CLOSED:
        parts.append(str(_("not closed")))
    return " · ".join(parts)


class ScoresForm(forms.Form):
    """A judge's scores as a file."""

    judge = forms.CharField(
        label=pgettext_lazy("automatic evaluator", "Judge"),
        max_length=200,
        help_text=_("The evaluator's name. A new name makes a new judge."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=JudgeKind.choices)
    version = forms.CharField(
        label=_("Version"),
        max_length=100,
        required=False,
        help_text=_("Of its prompt and model, so that runs can be compared."),
    )
    source_judge = forms.CharField(
        label=_("Name in the file"),
        max_length=200,
        required=False,
        help_text=_("If the column “judge” calls it otherwise."),
    )
    file = forms.FileField(
        label=_("Scores"), help_text=_("CSV, JSONL, XLSX or Parquet: item_id, dimension, value.")
    )
