from django.db import migrations

from accounts.append_only import refuse

# A published version may only be retired.
CONTENT_CHANGED = (
    "(OLD.state <> 'draft' AND (NEW.state = 'draft' OR NEW.rubric_id <> OLD.rubric_id "
    "OR NEW.number <> OLD.number OR NEW.title <> OLD.title OR NEW.guidelines <> OLD.guidelines "
    "OR NEW.content_hash <> OLD.content_hash))"
)


def of_published_version(row: str) -> str:
    return (
        "(EXISTS (SELECT 1 FROM rubrics_rubricversion v "  # noqa: S608  # OLD or NEW
        f"WHERE v.id = {row}.version_id AND v.state <> 'draft'))"
    )


def of_published_criterion(row: str) -> str:
    return (
        "(EXISTS (SELECT 1 FROM rubrics_criterion c JOIN rubrics_rubricversion v "  # noqa: S608  # OLD or NEW
        f"ON v.id = c.version_id WHERE c.id = {row}.criterion_id AND v.state <> 'draft'))"
    )


class Migration(migrations.Migration):
    dependencies = [("rubrics", "0001_initial")]
    operations = [
        refuse("rubrics_rubricversion", "UPDATE", when=CONTENT_CHANGED),
        refuse("rubrics_rubricversion", "DELETE", when="(OLD.state <> 'draft')"),
        refuse("rubrics_criterion", "INSERT", when=of_published_version("NEW")),
        refuse("rubrics_criterion", "UPDATE", "DELETE", when=of_published_version("OLD")),
        refuse("rubrics_anchor", "INSERT", when=of_published_criterion("NEW")),
        refuse("rubrics_anchor", "UPDATE", "DELETE", when=of_published_criterion("OLD")),
    ]
