"""Files of items. Each request is checked anew, and a file is never served as a page (T40)."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.access import Action, project_for
from accounts.errors import NotFound
from accounts.routes import route
from annotation.access import assignment_for, item_for
from annotation.display import shown_places
from annotation.file_response import file_response
from annotation.models import Item
from annotation.selectors.problems import attachment_at


@require_GET
@route(Action.JUDGE)
def of_assignment(
    request: HttpRequest, project: str, assignment: str, place: int
) -> HttpResponseBase:
    """`place` is the number under which the rater of this assignment sees the file."""
    found = assignment_for(request.user, assignment, project_slug=project)
    places = shown_places(found.item.content, found.side_order)
    if not 1 <= place <= len(places):
        raise NotFound
    return attachment_answer(request, found.item, places[place - 1], shown_as=place)


@require_GET
@route(Action.VIEW_ITEM)
def of_item(request: HttpRequest, project: str, item: str, place: int) -> HttpResponseBase:
    """For people who may see items: `place` is the item's own."""
    found_project = project_for(request.user, project, Action.VIEW_ITEM)
    found = item_for(request.user, found_project, item)
    return attachment_answer(request, found, place, shown_as=place)


def attachment_answer(
    request: HttpRequest, item: Item, place: int, *, shown_as: int
) -> HttpResponseBase:
    attachment = attachment_at(item, place)
    if attachment is None:
        raise NotFound
    return file_response(
        attachment.file,
        media_type=attachment.media_type,
        size=attachment.size,
        name=f"attachment-{shown_as}",
        wanted=request.headers.get("Range", ""),
    )
