from django.urls import URLPattern, URLResolver

app_name = "exports-api"
urlpatterns: list[URLPattern | URLResolver] = []
