"""Every value comes from the environment: see docs/settings.md. A wrong value stops the start.

Safe by default; only DEBUG=1 opts out.
"""

import os
import secrets
import warnings
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()


def switch(name: str, default: bool) -> bool:
    """Refuse a typing error, which django-environ would read as "no"."""
    value = env.str(name, default="1" if default else "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name}={value} 无法识别，请设为 1（开）或 0（关）。")


def database(name: str, default: str) -> dict:
    # Not `env`: it reads a leading "$" as the name of another variable.
    url = os.environ.get(name, default)
    try:
        # django-environ only warns of an unknown scheme.
        with warnings.catch_warnings(action="error"):
            config = environ.Env.db_url_config(url)
    except (ValueError, ImproperlyConfigured, UserWarning):
        config = {}
    engine = config.get("ENGINE") if config.get("NAME") else None
    if engine == "django.db.backends.sqlite3":
        # IMMEDIATE locks at BEGIN, so that two writers queue instead of failing midway.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    elif engine == "django.db.backends.postgresql":
        # Seconds and milliseconds: a lost connection would block far longer.
        config["OPTIONS"] = {"connect_timeout": 10, "tcp_user_timeout": 10_000} | config.get("OPTIONS", {})
    else:
        raise ImproperlyConfigured(
            f"{name} 无法识别，请写成 sqlite:///var/plan.sqlite3"
            " 或 postgresql://用户:口令@主机:5432/库名(口令中的特殊字符须用 % 编码)。"
        )
    # Connecting takes longer than most queries.
    return config | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def secret_key() -> str:
    # Not `env`: see `database`.
    key = os.environ.get("SECRET_KEY", "")
    if key:
        return key
    if not DEBUG:
        raise ImproperlyConfigured(
            "未设置 SECRET_KEY。在本机试用请设 DEBUG=1（密钥自动生成到 var/secret_key）；"
            "正式运行请设为随机字符串，可用此命令生成："
            'python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    path = VAR_DIR / "secret_key"
    if not path.exists():
        # Renamed when complete: another process may be starting.
        with NamedTemporaryFile("w", dir=VAR_DIR, delete=False, encoding="ascii") as fresh:
            fresh.write(secrets.token_urlsafe(50))
        Path(fresh.name).replace(path)
    return path.read_text(encoding="ascii")


def hosts() -> list[str]:
    names = [name.strip() for name in env.list("ALLOWED_HOSTS", default=[]) if name.strip()]
    if not names and not DEBUG:
        raise ImproperlyConfigured(
            "未设置 ALLOWED_HOSTS。请写上本站的域名或地址，"
            "多个用英文逗号隔开，如 ALLOWED_HOSTS=plan.example.gov.cn"
        )
    if any("://" in name or "/" in name for name in names):
        raise ImproperlyConfigured("ALLOWED_HOSTS 只写域名或地址，不写 https:// 和路径。")
    return names or ["127.0.0.1", "localhost", "[::1]"]


def trusted_origins() -> list[str]:
    origins = [origin.strip() for origin in env.list("CSRF_TRUSTED_ORIGINS", default=[]) if origin.strip()]
    for origin in origins:
        if not origin.startswith(("https://", "http://")):
            raise ImproperlyConfigured(
                f"CSRF_TRUSTED_ORIGINS 中的 {origin} 缺少协议，请写成 https://{origin}"
            )
    return origins


def whole_number(name: str, default: int, least: int = 1) -> int:
    text = env.str(name, default=str(default)).strip()
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(f"{name}={text} 无法识别，请设为不小于 {least} 的整数。")
    return int(text)


def evidence_folder() -> Path:
    """Never create a named folder: a typing error would start a second one."""
    name = env.str("EVIDENCE_DIR", default="")
    if not name:
        return VAR_DIR / "evidence"
    folder = Path(name)
    if not folder.is_absolute() or not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(
            f"EVIDENCE_DIR={name} 不能使用，请先建好目录并让本程序可以写入，再写它的完整路径，"
            "如 EVIDENCE_DIR=/srv/plan/evidence"
        )
    if folder.resolve().is_relative_to(STATIC_ROOT):
        raise ImproperlyConfigured(f"EVIDENCE_DIR={name} 在对外公开的静态文件目录中，请换一个目录。")
    return folder


def log_level() -> str:
    level = env.str("LOG_LEVEL", default="INFO").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(
            f"LOG_LEVEL={level} 无法识别，请设为 DEBUG、INFO、WARNING、ERROR 或 CRITICAL。"
        )
    return level


try:
    VAR_DIR.mkdir(exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"无法建立目录 {VAR_DIR}，请检查写权限。") from error

DEBUG = switch("DEBUG", default=False)
SECRET_KEY = secret_key()
ALLOWED_HOSTS = hosts()
CSRF_TRUSTED_ORIGINS = trusted_origins()
DATABASES = {"default": database("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'plan.sqlite3'}")}

INSTALLED_APPS = [
    "hengshui_plan.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "corsheaders",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "hengshui_plan",
    "measures",
    "targets",
]

MIDDLEWARE = [
    # First: redirects need its headers too.
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "hengshui_plan.delivery.middleware.revalidate",
    "hengshui_plan.delivery.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hengshui_plan.delivery.middleware.record_writer",
    "django.contrib.messages.middleware.MessageMiddleware",
    "hengshui_plan.delivery.middleware.end_idle_sessions",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hengshui_plan.delivery.middleware.site_404_page",
    "hengshui_plan.delivery.middleware.plan_of_address",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "hengshui_plan.urls"
WSGI_APPLICATION = "hengshui_plan.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hengshui_plan.views.context.site",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
EVIDENCE_DIR = evidence_folder()
UPLOAD_MAX_MB = whole_number("UPLOAD_MAX_MB", default=10, least=10)
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "hengshui_plan.delivery.uploads.CappedUploadHandler",
]
# Uploads are read before the login is checked.
DATA_UPLOAD_MAX_NUMBER_FILES = 1
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Axes refuses locked accounts before the password is checked.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "hengshui_plan.accounts.permissions.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "hengshui_plan.accounts.passwords.LengthAndKindsValidator"},
]
PASSWORD_NOTICE_DAYS = whole_number("PASSWORD_NOTICE_DAYS", default=180)

# From one address: of one account, and of all (an office may share it).
AXES_FAILURE_LIMIT = whole_number("LOGIN_FAILURES", default=5)
LOGIN_FAILURES_OF_ADDRESS = whole_number("LOGIN_FAILURES_OF_ADDRESS", default=30)
LOGIN_LOCK_MINUTES = whole_number("LOGIN_LOCK_MINUTES", default=30)
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCK_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_HANDLER = "hengshui_plan.accounts.logins.LoginHandler"
AXES_CLIENT_IP_CALLABLE = "hengshui_plan.accounts.logins.client_address"
AXES_LOCKOUT_CALLABLE = "hengshui_plan.views.pages.locked_out"
AXES_RESET_ON_SUCCESS = True
# Else one visitor could lock out an office forever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
ACCESS_LOG_DAYS = whole_number("ACCESS_LOG_DAYS", default=180, least=180)

# The cookie outlives the session, so that the page can say why it ended.
IDLE_MINUTES = whole_number("IDLE_MINUTES", default=30, least=2)
SESSION_COOKIE_AGE = 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

SITE_NAME = env.str("SITE_NAME", default="").strip() or "规划进展"
SITE_SPONSOR = env.str("SITE_SPONSOR", default="")
SITE_ICP_NUMBER = env.str("SITE_ICP_NUMBER", default="")
SITE_CONTACT = env.str("SITE_CONTACT", default="")

# HTTPS=0: a closed network without certificates.
HTTPS = switch("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# Warnings of `check --deploy` about HTTPS=0.
SILENCED_SYSTEM_CHECKS = [] if HTTPS else [f"security.{code}" for code in ("W004", "W008", "W012", "W016")]
BEHIND_PROXY = switch("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The name is Django 6's.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}

# The API has no login to abuse.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "if-none-match"]
CORS_EXPOSE_HEADERS = ["etag", "retry-after", "x-data-origin"]

API_PER_MINUTE = whole_number("API_PER_MINUTE", default=600, least=0)

FILTERS_EMPTY_CHOICE_LABEL = "全部"

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "hengshui_plan.api.schema.PublicSchema",
    "EXCEPTION_HANDLER": "hengshui_plan.api.root.answer_fault",
    "COERCE_DECIMAL_TO_STRING": False,
    # Counted in each process.
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": f"{API_PER_MINUTE}/minute" if API_PER_MINUTE else None},
    "NUM_PROXIES": int(BEHIND_PROXY),
}

SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "DESCRIPTION": (
        "只读、免登录的公开数据。各值均为规划原文所载或注明出处的填报，原文未写明的为 null。\n\n"
        '出错时答复均为 `{"error": {"code", "message", "parameter"}}`：'
        "参数的值无法识别、参数不认识或重复为 400，没有这条记录为 404，不支持的格式为 406，请求太频繁为 429。"
        "筛选参数留空等于不筛选，每个参数的值不超过 1000 字。"
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Else Swagger sends the schema's URL to a public validator.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    # Each model has a `kind` of its own.
    "ENUM_NAME_OVERRIDES": {
        path.rpartition(".")[2]: path
        for path in (
            "measures.models.Confidence",
            "measures.models.CorrectionKind",
            "targets.models.IssuerBasis",
            "measures.models.SectionKind",
            "targets.models.AreaKind",
            "targets.models.Basis",
            "targets.models.CodeSystem",
            "targets.models.Comparator",
            "targets.models.Completeness",
            "targets.models.Direction",
            "targets.models.Grade",
            "targets.models.IndicatorKind",
            "targets.models.Level",
            "targets.models.LevelScope",
            "targets.models.Nature",
            "targets.models.OrganizationKind",
            "targets.models.Standing",
        )
    }
    | {
        "Changed": "targets.api.changes.CHANGE_TYPES",
        "Cited": "measures.lists.filters.CITED_CHOICES",
        "FaultCode": "targets.api.faults.FAULT_CODES",
        "Light": "targets.api.progress.LIGHTS",
        "Status": "targets.api.progress.STATUSES",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": log_level()},
    "loggers": {"axes": {"level": "WARNING"}},
}
