"""The upload of a batch."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Project, Vendor
from annotation.problems import LABELS
from annotation.selectors.batches import delivering_vendors

ACCEPTED = ".jsonl,.ndjson,.json,.csv,.tsv,.xlsx,.parquet,.zip"


class UploadForm(forms.Form):
    """A file, and what it is called. A vendor's people deliver for their own company only."""

    file = forms.FileField(
        label=_("File"), widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED})
    )
    name = forms.CharField(
        label=_("Name of the batch"),
        required=False,
        max_length=200,
        help_text=_("Left empty, the file's own name is used."),
    )
    vendor = forms.ModelChoiceField(
        label=_("Delivered by"),
        required=False,
        queryset=Vendor.objects.none(),
        to_field_name="public_id",
        empty_label=_("Our own team"),
    )

    def __init__(self, *args: Any, project: Project, vendor: Vendor | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._own_vendor = vendor
        field = self.fields["vendor"]
        if vendor is not None or not isinstance(field, forms.ModelChoiceField):
            del self.fields["vendor"]
        else:
            field.queryset = delivering_vendors(project)

    @property
    def deliverer(self) -> Vendor | None:
        """Who delivers, after validation."""
        chosen: Vendor | None = self._own_vendor or self.cleaned_data.get("vendor")
        return chosen


class ItemSearchForm(forms.Form):
    q = forms.CharField(label=_("Find by id or group"), required=False, max_length=200)
    batch = forms.CharField(required=False, max_length=22, widget=forms.HiddenInput)
    problem = forms.ChoiceField(
        label=_("Problem"),
        required=False,
        choices=[("", _("Any or none")), ("any", _("With a problem")), *LABELS.items()],
    )
