"""Pages of batches, judging and rounds, below /projects/<project>/."""

from django.urls import URLPattern, URLResolver

from annotation import urls_batches, urls_judge, urls_own, urls_rounds, urls_talk

app_name = "annotation"

urlpatterns: list[URLPattern | URLResolver] = [
    *urls_batches.urlpatterns,
    *urls_judge.urlpatterns,
    *urls_own.urlpatterns,
    *urls_rounds.urlpatterns,
    *urls_talk.urlpatterns,
]
