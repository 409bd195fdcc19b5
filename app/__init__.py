"""CôngVụ: inspections of public service, from the visit to the proven repair."""

from typing import Any

import structlog
from flask import has_request_context, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.transactions import TransactionalFlask
from config import PROJECT, Settings


def create_app(settings: Settings | None = None) -> TransactionalFlask:
    """The application with every feature in its place. Nothing is read from the environment but `Settings`."""
    settings = settings or Settings()
    _configure_logs()
    app = TransactionalFlask(__name__)
    app.config.update(_flask_config(settings))
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=1, x_host=1)  # type: ignore[method-assign]
    _register_extensions(app, settings)
    _register_features(app)
    _register_shell(app, settings)
    return app


def _configure_logs() -> None:
    """One JSON line per event. Tracebacks name no local variables: they would hold answers and passwords."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )


def _flask_config(settings: Settings) -> dict[str, Any]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return {
        "SETTINGS": settings,
        "SECRET_KEY": _secret_key(settings),
        "SQLALCHEMY_DATABASE_URI": settings.sqlalchemy_url,
        "TESTING": settings.testing,
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "RATELIMIT_ENABLED": settings.rate_limits,
        "RATELIMIT_STORAGE_URI": "memory://",
        "FIELD_CLIENT_DIR": settings.field_client_dir,
        "BABEL_DEFAULT_LOCALE": "vi",
        "BABEL_DEFAULT_TIMEZONE": settings.time_zone,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": True,
        "SESSION_COOKIE_NAME": "__Host-form" if settings.secure_cookies else "form",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
    }


def _secret_key(settings: Settings) -> bytes:
    """The key of the form tokens, made once per data folder and readable by its owner only."""
    import secrets

    from app.extensions import write_once

    path = settings.data_dir / "keys" / "form-tokens.key"
    if not path.exists():
        write_once(path, secrets.token_bytes(32))
    return path.read_bytes()


def _register_extensions(app: TransactionalFlask, settings: Settings) -> None:
    from app.extensions import babel, csrf, db, limiter, migrate

    db.init_app(app)
    migrate.init_app(app, db, directory=str(PROJECT / "migrations"))
    csrf.init_app(app)
    limiter.init_app(app)
    babel.init_app(app, locale_selector=lambda: request.cookies.get("lang", "vi") if has_request_context() else "vi")


def _register_features(app: TransactionalFlask) -> None:
    """Every feature offers `register(app)` in its package, so that only the feature knows its own routes."""
    from app import accounts, campaigns, checklists, exports, findings, notices, overview, remediation, sync
    from app.remediation.queries import calendar_of
    from app.web import field_client, health

    # Lower features warn about closed days, too; only the composition knows who holds the calendar.
    app.extensions["calendar_around"] = calendar_of
    for feature in (accounts, checklists, notices, campaigns, sync, findings, remediation, overview, exports):
        feature.register(app)
    app.register_blueprint(field_client.blueprint)
    app.register_blueprint(health.blueprint)


def _register_shell(app: TransactionalFlask, settings: Settings) -> None:
    from app.errors import register_errors
    from app.web.access import PUBLIC, declare, guard
    from app.web.filters import register_filters
    from app.web.headers import register_headers
    from app.web.navigation import register_navigation
    from app.web.origin import register_origin

    declare(app.view_functions["static"], PUBLIC)
    register_origin(app)
    guard(app)
    register_errors(app)
    register_filters(app, settings.time_zone)
    register_headers(app, strict_transport=settings.secure_cookies)
    register_navigation(app)
