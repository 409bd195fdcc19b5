"""QR codes as SVG: the address at which anybody may check an issued document, the link that enrols a phone."""

from io import BytesIO


def qr_svg(text: str, *, scalable: bool = False) -> bytes:
    """An SVG of the code with error correction M and the quiet zone the standard asks for (ISO/IEC 18004).

    `scalable` leaves its size to the page it stands on.
    """
    import segno

    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=4, scale=4, xmldecl=False, omitsize=scalable)
    return out.getvalue()
