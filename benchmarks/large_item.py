"""One item of 50 kB with 200 marked passages in its draft; prints {path, user, sessions}."""

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> None:
    import django

    django.setup()
    from accounts.choices import Role
    from annotation.models import Item
    from annotation.services.assignment import next_assignment
    from annotation.services.drafts import save_draft
    from annotation.services.roster import ensure_raters
    from annotation.services.rounds import open_round
    from rubrics.choices import Kind, Level
    from tests.factories import ORDINAL, make_items, make_project, make_rubric_version, member
    from tests.faults.prepare_page import session

    project = make_project("large-item")
    user = member(project, Role.ANNOTATOR, email="large@example.org")
    item = make_items(project, 1)[0]
    words = "A passage of words that somebody may mark. " * 1200
    Item.objects.filter(pk=item.pk).update(
        content={
            "messages": [{"role": "user", "content": "Which passages are wrong?"}],
            "responses": [{"text": words}],
            "contexts": [],
        }
    )
    marks = {"key": "errors", "kind": Kind.SPAN, "level": Level.SET, "anchors": ["major", "minor"]}
    round_ = open_round(
        project=project,
        rubric_version=make_rubric_version(project, ORDINAL, marks),
        kind="production",
        name="round",
        actor=None,
        overlap=1,
        seed=7,
    )
    rater = ensure_raters(project=project)[0]
    assignment = next_assignment(round_=round_, rater=rater)
    assert assignment is not None
    spans = [
        {"start": at, "end": at + 9, "text": words[at : at + 9], "label": "major"}
        for at in range(0, 200 * 43, 43)
    ]
    save_draft(assignment=assignment, body={"ratings": {"errors": spans}})
    path = f"/projects/{project.slug}/rounds/{round_.public_id}/judge/"
    print(json.dumps({"path": path, "user": user.public_id, "sessions": [session(user)]}))


if __name__ == "__main__":
    main()
