from django.db import migrations

from accounts.append_only import refuse


class Migration(migrations.Migration):
    dependencies = [("reliability", "0001_initial")]
    operations = [
        refuse("reliability_decision", "UPDATE", "DELETE"),
        refuse("reliability_report", "UPDATE", "DELETE", when="(OLD.finalised_at IS NOT NULL)"),
    ]
