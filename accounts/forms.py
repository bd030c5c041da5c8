"""Shape of what people type about people."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.access import grantable_by
from accounts.choices import Role
from accounts.models import User, Vendor
from accounts.preferences import (
    KEY_HINTS,
    KEYS_ON,
    LANGUAGE,
    REST_CHOICES,
    REST_MINUTES,
    TEXT_SIZE,
    TIME_ZONE,
    TextSize,
    rest_minutes,
    zone_names,
    zone_of,
)


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"))
    vendor = forms.ModelChoiceField(
        label=_("Vendor"),
        queryset=Vendor.objects.order_by("name"),
        required=False,
        to_field_name="public_id",
        empty_label=_("None"),
        help_text=_("The company this person works for, for vendors and their annotators."),
    )

    def __init__(self, *args: Any, roles: frozenset[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grantable = grantable_by(roles)
        self.fields["role"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (role.value, role.label) for role in Role if role in grantable
        ]


class AcceptForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150)
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters; a few unrelated words are good."),
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What is it for?"), max_length=100, help_text=_("For instance: nightly import")
    )


class ProjectForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    slug = forms.SlugField(
        label=_("Short name in addresses"),
        max_length=80,
        help_text=_("Lower-case letters, digits and hyphens, for instance support-bot-2026."),
    )


class PreferencesForm(forms.Form):
    """What a person sets for themselves. `changes` is what to keep of it."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Your days in the history and the statement of your work begin and end in it."),
    )
    text_size = forms.ChoiceField(
        label=_("Text size of items"),
        choices=TextSize.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    rest_minutes = forms.TypedChoiceField(
        label=_("Remind me to rest"),
        choices=REST_CHOICES,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Minutes of active work without a break. A reminder never stops your work."),
    )
    keys_on = forms.BooleanField(
        label=_("Use keys on the labeling page"),
        required=False,
        help_text=_("Switch them off when a screen reader or another tool needs single letters."),
    )
    key_hints = forms.BooleanField(label=_("Show keys on buttons and answers"), required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, initial=_preferences_of(user))
        self.label_suffix = ""
        zones: Any = self.fields[TIME_ZONE]
        zones.choices = [(name, name.replace("_", " ")) for name in sorted(zone_names())]
        if len(settings.LANGUAGES) < 2:
            del self.fields[LANGUAGE]

    def changes(self) -> dict[str, Any]:
        """As it is kept: what is as everybody has it, is not kept."""
        chosen = dict(self.cleaned_data)
        for name in (KEYS_ON, KEY_HINTS):
            chosen[name] = None if chosen[name] else False
        return chosen


def _preferences_of(user: User) -> dict[str, Any]:
    kept = user.preferences
    return {
        LANGUAGE: kept.get(LANGUAGE) or get_language(),
        TIME_ZONE: zone_of(user).key,
        TEXT_SIZE: kept.get(TEXT_SIZE, ""),
        REST_MINUTES: rest_minutes(user) or "",
        KEYS_ON: kept.get(KEYS_ON) is not False,
        KEY_HINTS: kept.get(KEY_HINTS) is not False,
    }
