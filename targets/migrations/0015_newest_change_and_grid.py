from django.db import migrations, models

MAKE = """
    CREATE FUNCTION targets_newest_change() RETURNS targets_publicchange LANGUAGE plpgsql STABLE AS $$
    DECLARE newest targets_publicchange;
    BEGIN
        SELECT * INTO newest FROM targets_publicchange
        WHERE revision IS NOT NULL ORDER BY revision DESC LIMIT 1;
        RETURN newest;
    END $$
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MAKE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION targets_newest_change()")


class Migration(migrations.Migration):
    dependencies = [("targets", "0014_newest_and_waiting")]

    operations = [
        migrations.RunPython(make, drop),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(fields=["area", "period", "status"], name="observation_of_grid"),
        ),
    ]
