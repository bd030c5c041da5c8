from django.db import migrations

from accounts.append_only import refuse


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_initial")]
    operations = [
        refuse("exports_goldrelease", "UPDATE", "DELETE"),
        refuse("exports_goldlabel", "UPDATE", "DELETE"),
    ]
