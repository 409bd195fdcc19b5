"""Security headers on every reply: nothing inline, nothing from elsewhere (security.md 5.2)."""

from flask import Flask, Response, request

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)

# The preview of a checklist draft is the one page that stands in a frame, and only in one of ours.
CSP_FRAMED = CSP.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
CSP_FRAMING = f"{CSP}; frame-src 'self'"


def _is_read_by_our_script() -> bool:
    """What a page's own script fetches stands in no frame and no foreign page, as the browser itself says."""
    return (request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Dest")) == ("same-origin", "empty")


def register_headers(app: Flask, *, strict_transport: bool) -> None:
    """Add the headers after every request."""

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        if request.path.startswith("/api/") and response.is_json:  # no browser shows it; phones pay for every byte
            response.headers.setdefault("Cache-Control", "no-store")
            response.vary.add("Cookie")
            if not _is_read_by_our_script():
                response.headers["Content-Security-Policy"] = "default-src 'none'"
                response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
            return response
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=()"
        if strict_transport:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith(("/static/", "/field/")):
            response.headers.setdefault("Cache-Control", "no-store")
            response.vary.add("Cookie")
        return response
