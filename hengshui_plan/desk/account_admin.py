"""Accounts and the access log at the desk. Groups are hidden: migrations create the roles."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Prefetch
from django.forms import Select
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timezone import localtime

from hengshui_plan.accounts import forms, rights
from targets.desk.admin.record_admin import CheckedLookups, ReadOnlyAdmin
from targets.models import AccessEntry, Area, AreaAssignment
from targets.review import roles

admin.site.unregister([User, Group])


class BySuperusers:
    """Only superusers view and change it; nobody changes their own rights."""

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    has_module_permission = has_change_permission = has_view_permission

    def has_add_permission(self, request, obj=None):
        return request.user.is_superuser and obj != request.user


class AreaAssignmentInline(BySuperusers, admin.TabularInline):
    model = AreaAssignment
    extra = 1
    verbose_name_plural = "填报员所属县市区（只对填报员有用）"

    has_change_permission = has_delete_permission = BySuperusers.has_add_permission

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        # A screen reader needs a label: the column's heading does not name the field.
        if db_field.name == "area":
            kwargs |= {
                "queryset": Area.objects.filter(plans__isnull=False).distinct(),
                "widget": Select(attrs={"aria-label": "县市区"}),
            }
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(User)
class AccountAdmin(BySuperusers, CheckedLookups, UserAdmin):
    form = forms.AccountForm
    add_form = forms.NewAccountForm
    add_form_template = None
    change_password_form = forms.NewPasswordForm
    change_user_password_template = "admin/account_password.html"
    inlines = [AreaAssignmentInline]
    actions = None
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "last_name", "password_link"]}),
        (
            "权限",
            {
                "fields": ["is_active", "is_superuser", "groups"],
                "description": "本人的权限由另一位超级管理员调整。",
            },
        ),
        ("时间", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "last_name", "password1", "password2"]}),
        ("权限", {"fields": ["is_superuser", "groups"]}),
    ]
    list_display = ["username", "full_name", "roles_shown", "areas_shown", "is_active", "last_login"]
    list_filter = ["is_active", "is_superuser", "groups"]
    search_fields = ["username", "last_name"]
    search_help_text = "按用户名或姓名查找"

    def get_queryset(self, request):
        assignments = AreaAssignment.objects.select_related("area").order_by("area__code")
        users = super().get_queryset(request)
        return users.prefetch_related("groups", Prefetch("area_assignments", assignments))

    def get_readonly_fields(self, request, obj=None):
        own = ["is_active", "is_superuser", "groups"] if obj == request.user else []
        return ["password_link", "last_login", "date_joined", *own]

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="密码")
    def password_link(self, user):
        address = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a href="{}">重设密码</a>', address)

    @admin.display(description="姓名", ordering="last_name")
    def full_name(self, user):
        return user.get_full_name() or "—"

    @admin.display(description="角色")
    def roles_shown(self, user):
        names = ["超级管理员"] if user.is_superuser else []
        return "、".join([*names, *(group.name for group in user.groups.all())]) or "无"

    @admin.display(description="县市区")
    def areas_shown(self, user):
        return "、".join(assignment.area.short_name for assignment in user.area_assignments.all()) or "—"

    def changeform_view(self, request, *args, **kwargs):
        # The change and its entries in the log are one transaction.
        with transaction.atomic():
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        form.rights_before = rights.rights_of(obj) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        rights.record_change(form.instance, form.rights_before)


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnlyAdmin):
    """For auditors and superusers; read-only, which the database enforces too."""

    is_by_plan = False
    list_display = ["at_shown", "kind", "username", "by", "address_shown", "detail"]
    list_filter = ["kind", "at", "user"]
    list_select_related = ["user", "by"]
    search_fields = ["username", "address", "detail"]
    search_help_text = "按用户名、来访地址或详情查找"
    fields = ["at_shown", "kind", "username", "user", "by", "address_shown", "detail"]

    def has_view_permission(self, request, obj=None):
        return roles.has(request.user, roles.Role.AUDITOR)

    has_module_permission = has_view_permission

    @admin.display(description="时间", ordering="pk")
    def at_shown(self, entry):
        return f"{localtime(entry.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description="来访地址", ordering="address")
    def address_shown(self, entry):
        return entry.address or "服务器命令"
