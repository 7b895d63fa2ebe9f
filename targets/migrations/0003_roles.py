from django.db import migrations

NAMES = ["填报员", "审核员", "发布员", "审计员", "规划管理员"]


def make(apps, schema_editor):
    for name in NAMES:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("targets", "0002_progress"), ("auth", "0012_alter_user_first_name_max_length")]
    # Backwards the groups stay: people may be in them.
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
