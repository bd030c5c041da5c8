from django.urls import URLPattern, URLResolver

app_name = "reliability-api"
urlpatterns: list[URLPattern | URLResolver] = []
