"""What the navigation says about raters' questions."""

from django import template

from accounts.access import Person
from accounts.models import Project
from annotation.selectors.flags import n_waiting_for

register = template.Library()


@register.simple_tag
def n_waiting_questions(user: Person, project: Project) -> int:
    """Asked for beside the leads' entry only: nobody else's page costs a statement."""
    return n_waiting_for(user, project)
