"""What an address says of a list or statement of one's own work."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.preferences import zone_named
from annotation.choices import OwnState
from annotation.models import Round
from annotation.selectors.history import Asked
from annotation.selectors.statement import Period, month_of

MOST_DAYS = 366


class DayField(forms.DateField):
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, input_formats=["%Y-%m-%d"], **kwargs)


class HistoryForm(forms.Form):
    """The filters of the history; whatever they don't know is as if it were not asked."""

    round = forms.ChoiceField(label=lazy("Round"), required=False)
    day = DayField(label=lazy("Day"))
    state = forms.ChoiceField(
        label=lazy("State"), required=False, choices=[("", lazy("All")), *OwnState.choices]
    )

    def __init__(self, data: Any, *, rounds: list[Round]) -> None:
        super().__init__(data)
        self.label_suffix = ""
        chosen: Any = self.fields["round"]
        chosen.choices = [("", _("All")), *((each.public_id, each.name) for each in rounds)]

    def asked(self) -> Asked:
        self.is_valid()
        kept = getattr(self, "cleaned_data", {})
        return Asked(
            round_id=kept.get("round") or "", day=kept.get("day"), state=kept.get("state") or ""
        )


class PeriodForm(forms.Form):
    """Which days a statement covers: this month so far, unless the address says otherwise."""

    first = DayField(label=lazy("From"))
    last = DayField(label=lazy("To"))

    def __init__(self, data: Any, *, zone: ZoneInfo) -> None:
        self.zone = zone_named(data.get("zone")) or zone
        this_month = month_of(self.zone)
        days = {"first": this_month.first, "last": this_month.last}
        super().__init__({**days, **{name: data[name] for name in days if data.get(name)}})
        self.label_suffix = ""
        self.fallback = this_month

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            self.add_error("last", _("Choose a day after the first one, at most a year later."))
        return cleaned

    def period(self) -> Period:
        if not self.is_valid():
            return self.fallback
        return Period(self.cleaned_data["first"], self.cleaned_data["last"], self.zone)

    @property
    def today(self) -> str:
        return timezone.localdate(timezone=self.zone).isoformat()
