"""Reading a PDF as its reader does: the words in the order they stand in, without what every sheet repeats."""

import re
import subprocess

HEADER = "TTNộidungKếtquảĐánhgiá"
DIGEST = re.compile(r"Mãbămnộidungđãký\(SHA-256\):([0-9a-f]{64})")


def minutes_said(pdf: bytes) -> tuple[str, str]:
    """What the minutes say up to what they rest on, without spaces; and the hash of what was signed."""
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    pages = ["".join(page.split()) for page in told.split("\f")]
    text = "".join(page.removeprefix(str(number)) for number, page in enumerate(pages, 1)).replace(HEADER, "")
    digest = DIGEST.search(text)
    assert digest is not None, text[-400:]
    return re.split(r"Vịtrítrongnhậtký|Phiếukiểmtra\(SHA-256\)", text)[0], digest.group(1)
