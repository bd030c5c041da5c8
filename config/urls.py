"""Every address. Pages of a project lie under /projects/<slug>/, the API under /api/v1/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts.access import Action
from exports.views import overview


class SchemaView(SpectacularAPIView):
    action_required = Action.PUBLIC


handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.forbidden"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.server_error"

urlpatterns = [
    path("", include("accounts.urls")),
    path("preferences/", include("annotation.urls_person")),
    path("account/", include("allauth.urls")),
    path("projects/<slug:project>/", overview.project, name="project"),
    path("projects/<slug:project>/", include("rubrics.urls")),
    path("projects/<slug:project>/", include("annotation.urls")),
    path("projects/<slug:project>/", include("reliability.urls")),
    path("projects/<slug:project>/", include("exports.urls")),
    path("api/v1/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("rubrics.api.urls")),
    path("api/v1/", include("annotation.api.urls")),
    path("api/v1/", include("reliability.api.urls")),
    path("api/v1/", include("exports.api.urls")),
]
