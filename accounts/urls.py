from django.urls import path

from accounts.views import home, language, people, preferences

urlpatterns = [
    path("", home.home, name="home"),
    path("language/", language.choose_language, name="choose-language"),
    path("health/", home.health, name="health"),
    path("projects/new/", home.new_project, name="new-project"),
    path("projects/<slug:project>/people/", people.members, name="members"),
    path(
        "projects/<slug:project>/people/<str:user>/<slug:role>/withdraw/",
        people.withdraw,
        name="withdraw-role",
    ),
    path(
        "projects/<slug:project>/invitations/<str:invitation>/revoke/",
        people.revoke,
        name="revoke-invitation",
    ),
    path("invitations/<str:invitation>/", people.accept, name="accept-invitation"),
    path("jobs/<str:job>/", home.job, name="job"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("tokens/", people.tokens, name="tokens"),
    path("tokens/<str:token>/end/", people.end_token, name="end-token"),
]
