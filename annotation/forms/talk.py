"""What a lead writes to raters."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Round
from annotation.selectors.labeling import criteria_of
from annotation.services.wording import MOST_CHARACTERS


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Your answer"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("Only the person who asked sees it."),
    )


class ClarificationForm(forms.Form):
    text = forms.CharField(
        label=_("What everybody needs to know"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("Markdown. Raters read it before their next item."),
    )
    criterion = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, *args: Any, round_: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        criteria = criteria_of(round_.rubric_version)
        about: Any = self.fields["criterion"]
        about.choices = [
            ("", _("the round as a whole")),
            *((each.key, each.question) for each in criteria),
        ]
