"""Cut the document fonts down to what Vietnamese minutes need, for the PDF that a phone makes without a network.

The whole fonts stand in app/documents/fonts; a cut one is a tenth of their size. It has another name, as the licence
of the fonts asks of changed ones (Reserved Font Name). Run after replacing those: `python scripts/subset_fonts.py`.
"""

import shutil
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

PROJECT = Path(__file__).parents[1]
WHOLE = PROJECT / "app" / "documents" / "fonts"
CUT = PROJECT / "offline_client" / "src" / "documents" / "fonts"
NAME = "CongVu Serif"
STYLES = ("Regular", "Bold", "Italic")
NAMES = {1: "{name}", 4: "{name} {style}", 6: "CongVuSerif-{style}"}
# Latin with every Vietnamese letter, combining marks, dashes, quotes, ₫, arrows and comparisons.
RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x300, 0x304), (0x309, 0x309), (0x323, 0x323),
    (0x1EA0, 0x1EF9), (0x2010, 0x2027), (0x2030, 0x203A), (0x20AB, 0x20AC), (0x2116, 0x2122), (0x2190, 0x2193),
    (0x2212, 0x2215), (0x2248, 0x2265),
)  # fmt: skip


def main() -> None:
    options = Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=[1, 2, 4, 6, 13, 14])
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "kern", "FFTM", "DSIG"]
    CUT.mkdir(parents=True, exist_ok=True)
    for style in STYLES:
        font = load_font(str(WHOLE / f"LiberationSerif-{style}.ttf"), options)
        cutter = Subsetter(options)
        cutter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
        cutter.subset(font)
        for record in font["name"].names:
            if record.nameID in NAMES:
                record.string = NAMES[record.nameID].format(name=NAME, style=style)
        save_font(font, str(CUT / f"{NAME.replace(' ', '')}-{style}.ttf"), options)
    shutil.copy(WHOLE / "OFL.txt", CUT / "OFL.txt")


if __name__ == "__main__":
    main()
