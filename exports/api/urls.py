from django.urls import URLPattern, URLResolver, path

from exports.api import views

app_name = "exports-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:project>/gold/", views.ReleaseList.as_view(), name="releases"),
    path(
        "projects/<slug:project>/gold/<str:release>/",
        views.ReleaseDetail.as_view(),
        name="release",
    ),
    path(
        "projects/<slug:project>/gold/<str:release>/labels/",
        views.LabelList.as_view(),
        name="labels",
    ),
    path("projects/<slug:project>/judge-runs/", views.RunList.as_view(), name="judge-runs"),
]
