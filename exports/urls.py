from django.urls import URLPattern, URLResolver, path

from exports.views import cut, files, gold, judges

app_name = "exports"
urlpatterns: list[URLPattern | URLResolver] = [
    path("gold/", gold.releases, name="releases"),
    path("gold/cut/", cut.cut, name="cut"),
    path("gold/<str:release>/", gold.release, name="release"),
    path("gold/<str:release>/export/<slug:format>/", files.export, name="export"),
    path("gold/<str:release>/files/<str:job>/", files.export_file, name="export-file"),
    path("judges/", judges.judges, name="judges"),
    path("judges/import/", judges.import_page, name="import-scores"),
    path("judges/<str:judge>/", judges.judge, name="judge"),
    path("judges/<str:judge>/runs/<str:run>/", judges.run, name="judge-run"),
]
