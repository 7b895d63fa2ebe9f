"""What a generated migration does not know: the guards of the access log, and the groups of the roles.

SQLite drops the triggers of a table that a later migration rebuilds: such a migration runs
`guard_access_log` again; tests/test_accounts.py notices where it does not.
"""

ROLES = ["填报员", "审核员", "发布员", "审计员", "规划管理员"]
TABLE = "targets_accessentry"
REFUSAL = "the access log is only ever added to, and kept for 180 days"

KEEP = {
    "sqlite": [
        f"""
        CREATE TRIGGER access_log_not_changed BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """,
        f"""
        CREATE TRIGGER access_log_kept BEFORE DELETE ON {TABLE}
        WHEN OLD.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-180 days')
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """,
    ],
    "postgresql": [
        f"""
        CREATE FUNCTION access_log_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        f"""
        CREATE FUNCTION access_log_refuses_to_be_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM {TABLE} WHERE at >= now() - interval '180 days') THEN
                RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$
        """,
        f"""
        CREATE TRIGGER access_log_not_changed BEFORE UPDATE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION access_log_refuses()
        """,
        f"""
        CREATE TRIGGER access_log_kept BEFORE DELETE ON {TABLE}
        FOR EACH ROW WHEN (OLD.at >= now() - interval '180 days') EXECUTE FUNCTION access_log_refuses()
        """,
        f"""
        CREATE TRIGGER access_log_not_emptied BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION access_log_refuses_to_be_emptied()
        """,
    ],
}
# The triggers go with their table.
LET_GO = {
    "sqlite": [],
    "postgresql": [
        "DROP FUNCTION access_log_refuses CASCADE",
        "DROP FUNCTION access_log_refuses_to_be_emptied CASCADE",
    ],
}


def guard_access_log(apps, schema_editor):
    for statement in KEEP[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def unguard_access_log(apps, schema_editor):
    for statement in LET_GO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)

def make_groups(apps, schema_editor):
    for name in ROLES:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)
