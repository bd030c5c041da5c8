"""A finalised report's file as an answer, for pages and the API alike."""

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response

from accounts.models import User
from reliability.choices import ReportFormat
from reliability.models import FinalReport
from reliability.services.final_files import entity_tag, report_file

# Kept by the reader's own browser, which asks each time whether it still may show it.
CACHE = "private, no-cache"


def report_answer(
    request: HttpRequest, report: FinalReport, format: ReportFormat
) -> HttpResponseBase:
    """An attachment of a fixed type; 304 to whoever has it already."""
    tag = entity_tag(report, format)
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        unchanged["Cache-Control"] = CACHE
        return unchanged
    actor = request.user if isinstance(request.user, User) else None
    file = report_file(report, format, actor=actor)
    return StreamingHttpResponse(
        file.blocks,
        content_type=file.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "Cache-Control": CACHE,
            "ETag": tag,
            "X-Content-Type-Options": "nosniff",
        },
    )
