"""Shape of what a lead chooses for a round."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Project, User
from annotation.choices import AssignmentPolicy, RoundKind
from annotation.models import Batch, Round
from annotation.selectors.choices import (
    annotators_of,
    batches_with_items,
    raters_to_add,
    slices_of,
)
from rubrics.models import RubricVersion
from rubrics.selectors import published_versions

ALL = "all"
BATCHES = "batches"
SLICES = "slices"
CHOSEN = "chosen"
PARTED = "="


class VersionField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title} ({obj.rubric.key}@{obj.number})"


class BatchField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # see above
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.n_items})"


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # see above
    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} <{obj.email}>" if obj.name else obj.email


class RoundForm(forms.Form):
    """Everything but the plan's arithmetic, which annotation.services.planning does."""

    use_required_attribute = False

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"placeholder": _("Calibration 1")}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=RoundKind.choices, initial=RoundKind.CALIBRATION
    )
    rubric_version = VersionField(
        label=_("Rubric version"),
        queryset=RubricVersion.objects.none(),
        to_field_name="public_id",
        empty_label=_("Choose one"),
    )
    policy = forms.ChoiceField(
        label=_("Who judges what"),
        choices=AssignmentPolicy.choices,
        initial=AssignmentPolicy.ALL,
        widget=forms.RadioSelect,
    )
    overlap = forms.IntegerField(
        label=_("Judgments an item"),
        min_value=1,
        max_value=1000,
        initial=3,
        required=False,
        help_text=_("Where a fixed number of raters judge each item."),
    )
    item_choice = forms.ChoiceField(
        label=_("Items"),
        choices=[
            (ALL, _("All items of the project")),
            (BATCHES, _("Items of these batches")),
            (SLICES, _("Items of these slices")),
        ],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    batches = BatchField(
        label=_("Batches"),
        queryset=Batch.objects.none(),
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    slices = forms.MultipleChoiceField(
        label=_("Slices"), required=False, widget=forms.CheckboxSelectMultiple
    )
    only_fitting = forms.BooleanField(
        label=_("Leave out items that the rubric can't judge"),
        required=False,
        initial=True,
        help_text=_("A comparison needs two responses, a ranking at least two."),
    )
    rater_choice = forms.ChoiceField(
        label=_("Raters"),
        choices=[
            (ALL, _("All annotators of the project, also those who join later")),
            (CHOSEN, _("These people")),
        ],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    raters = PeopleField(
        label=_("People"),
        queryset=User.objects.none(),
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    instructions = forms.CharField(
        label=_("Instructions for this round"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown above the guidelines. Markdown."),
    )
    shows_reference = forms.BooleanField(
        label=_("Show raters the reference answer"), required=False
    )

    least_seconds = forms.IntegerField(
        label=_("Ask raters to look again under … seconds"),
        min_value=1,
        max_value=3600,
        required=False,
        help_text=_(
            "Asked once an item, before it is sent; they may send it anyway. Empty: never."
        ),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        fields: dict[str, Any] = self.fields
        fields["rubric_version"].queryset = published_versions(project)
        fields["batches"].queryset = batches_with_items(project)
        fields["raters"].queryset = annotators_of(project)
        fields["slices"].choices = [
            (name, [(f"{name}{PARTED}{value}", value) for value in values])
            for name, values in slices_of(project).items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen_by = {BATCHES: "batches", SLICES: "slices"}
        name = chosen_by.get(cleaned.get("item_choice", ""))
        if name and not cleaned.get(name) and name not in self.errors:
            self.add_error(name, _("Choose at least one, or take all items."))
        if cleaned.get("rater_choice") == CHOSEN and not cleaned.get("raters"):
            self.add_error("raters", _("Choose at least one person, or take all annotators."))
        is_fixed = cleaned.get("policy") == AssignmentPolicy.OVERLAP
        if is_fixed and cleaned.get("overlap") is None and "overlap" not in self.errors:
            self.add_error("overlap", _("Say how many people judge each item."))
        return cleaned

    def chosen_slices(self) -> list[tuple[str, str]]:
        """(name, value) of every slice that was ticked."""
        pairs = (text.partition(PARTED) for text in self.cleaned_data["slices"])
        return [(name, value) for name, _sign, value in pairs]


class PaceForm(forms.Form):
    """What a lead may change about the pace of a running round."""

    least_seconds = forms.IntegerField(min_value=1, max_value=3600, required=False)


class QuotaForm(forms.Form):
    quota = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)


class AddRaterForm(forms.Form):
    person = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.none(),
        to_field_name="public_id",
        empty_label=_("Choose one"),
    )

    def __init__(self, *args: Any, round_: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        people: Any = self.fields["person"]
        people.queryset = User.objects.filter(pk__in=[user.pk for user in raters_to_add(round_)])
