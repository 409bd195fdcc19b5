"""Reading a PDF as its reader does: the words in the order they stand in, without what every sheet repeats."""

import re
import subprocess

HEADER = "TTNộidungKếtquảĐánhgiá"
DIGEST = re.compile(r"Mãbămnộidungđãký\(SHA-256\):([0-9a-f]{64})")
NUMBER = re.compile(r"Số:\d*/BB-ĐKT")
SEAL = re.compile(r"Kýsố:.*?\+07:00")
ADDED_AT_ISSUE = r"Nơinhận:|Vịtrítrongnhậtký|Phiếukiểmtra\(SHA-256\)"


def minutes_said(pdf: bytes) -> tuple[str, str]:
    """What both parties signed, without spaces and what issuing adds; and the hash of that content."""
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    pages = ["".join(page.split()) for page in told.split("\f")]
    text = "".join(page.removeprefix(str(number)) for number, page in enumerate(pages, 1)).replace(HEADER, "")
    digest = DIGEST.search(text)
    assert digest is not None, text[-400:]
    said = re.split(ADDED_AT_ISSUE, text)[0]
    return SEAL.sub("", NUMBER.sub("", said, count=1), count=1), digest.group(1)
