"""Pages of rubrics, below /projects/<project>/."""

from django.urls import URLPattern, URLResolver, path

from rubrics.views import editor, pages

app_name = "rubrics"
VERSION = "rubrics/versions/<str:version>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("rubrics/", pages.rubrics, name="rubrics"),
    path("rubrics/new/", pages.new, name="new"),
    path("rubrics/upload/", pages.upload, name="upload"),
    path("rubrics/<str:rubric>/", pages.rubric, name="rubric"),
    path(VERSION, pages.version, name="version"),
    path(VERSION + "download/", pages.download, name="download"),
    path(VERSION + "draft/", pages.draft, name="draft"),
    path(VERSION + "edit/", editor.edit, name="edit"),
    path(VERSION + "yaml/", editor.yaml, name="yaml"),
    path(VERSION + "publish/", pages.publish, name="publish"),
    path(VERSION + "retire/", pages.retire, name="retire"),
    path(VERSION + "discard/", pages.discard, name="discard"),
]
