"""`make vendor`: copy the front-end files that package.json pins into static/vendor, and what only
the tests need, its devDependencies, into tests/vendor, which is never served.

The font comes as a hundred slices for browsers, and is put together here, for paper. The copies are
committed, so that serving the bank needs neither npm nor anybody's network;
MANIFEST.json says what they are, and the tests hold them to it.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from scripts.environment import ROOT, say

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
TEST_VENDOR = ROOT / "tests" / "vendor"


@dataclass(frozen=True)
class Copy:
    """One file: `source` in the package, put in the vendor folder's <package>/ as `name`."""

    package: str
    source: str
    name: str
    licence: str
    replace: tuple[str, str] | None = None


APACHE, MIT, MPL, OFL = "Apache-2.0", "MIT", "MPL-2.0", "OFL-1.1"
SWAGGER, ZXING, NOTO = "swagger-ui-dist", "zxing-wasm", "@fontsource/noto-sans-sc"
AXE = "axe-core"
FOLDERS = {NOTO: "noto-sans-sc"}
"""What a package's folder is called, where not by the package's own name."""

KEPT_TABLES = frozenset(
    {"GlyphOrder", "OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"}
)
"""What paper needs of a font: its outlines and widths, and no rules of setting."""

COPIES = (
    Copy(SWAGGER, "swagger-ui-bundle.js", "swagger-ui-bundle.js", APACHE),
    Copy(SWAGGER, "swagger-ui.css", "swagger-ui.css", APACHE),
    Copy(SWAGGER, "LICENSE", "LICENSE", APACHE),
    Copy(SWAGGER, "NOTICE", "NOTICE", APACHE),
    # what the bundle holds of others
    Copy(SWAGGER, "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui-bundle.js.LICENSE.txt", APACHE),
    Copy(
        ZXING,
        "dist/iife/reader/index.js",
        "zxing-reader.js",
        MIT,
        # It would fetch its other half from a stranger's server; ours has it beside.
        replace=(
            "https://fastly.jsdelivr.net/npm/zxing-wasm@{version}/dist/${{n[1]}}/${{e}}",
            "/static/vendor/zxing-wasm/${{e}}",
        ),
    ),
    Copy(ZXING, "LICENSE", "LICENSE", MIT),
    # The compiled half is the library zxing-cpp, under the Apache License, whose text is the same.
    Copy(ZXING, "dist/reader/zxing_reader.wasm", "zxing_reader.wasm", APACHE),
    Copy(SWAGGER, "LICENSE", "../zxing-wasm/LICENSE-APACHE", APACHE),
    Copy(NOTO, "LICENSE", "LICENSE", OFL),
    Copy(NOTO, "files", "NotoSansSC-Regular.ttf", OFL),
)

TEST_COPIES = (
    Copy(AXE, "axe.min.js", "axe.min.js", MPL),
    Copy(AXE, "LICENSE", "LICENSE", MPL),
    # what it holds of others
    Copy(AXE, "LICENSE-3RD-PARTY.txt", "LICENSE-3RD-PARTY.txt", MPL),
)


def main() -> None:
    """Empty both folders and fill them anew from node_modules."""
    fill(VENDOR, COPIES)
    fill(TEST_VENDOR, TEST_COPIES)


def fill(folder: Path, copies: tuple[Copy, ...]) -> None:
    """Empty a folder, put `copies` in it and say in MANIFEST.json what they are."""
    shutil.rmtree(folder, ignore_errors=True)
    manifest = [put(copy, folder) for copy in copies]
    text = json.dumps(manifest, indent=2) + "\n"
    (folder / "MANIFEST.json").write_text(text, encoding="utf-8")
    say(f"{len(manifest)} files in {folder.relative_to(ROOT)}")


def put(copy: Copy, folder: Path) -> dict[str, str]:
    """Copy one file and describe it; raises ValueError where a replacement does not fit."""
    package = MODULES / copy.package
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    source = package / copy.source
    content = whole_font(source) if source.is_dir() else source.read_bytes()
    if copy.replace is not None:
        old, new = (text.format(version=version).encode() for text in copy.replace)
        if content.count(old) != 1:
            raise ValueError(f"{copy.source} of {copy.package} {version} has changed")
        content = content.replace(old, new)
    target = (folder / FOLDERS.get(copy.package, copy.package) / copy.name).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return {
        "file": target.relative_to(folder).as_posix(),
        "package": copy.package,
        "version": version,
        "licence": copy.licence,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def whole_font(slices: Path) -> bytes:
    """Return the regular weight of a font, put together from its slices, one glyph a character."""
    parts = []
    for path in sorted(slices.glob("*-400-normal.woff")):
        part = TTFont(path, recalcTimestamp=False)
        part.flavor = None
        parts_modified = part["head"].modified
        for table in set(part.keys()) - KEPT_TABLES:
            del part[table]
        saved = BytesIO()
        part.save(saved)
        parts.append(saved)
    font = Merger().merge(parts)
    font.recalcTimestamp = False
    options = Options(notdef_outline=True, hinting=False, layout_features=[])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=list(font.getBestCmap()))
    subsetter.subset(font)
    # The same file, whenever it is made.
    font["head"].created = font["head"].modified = parts_modified
    whole = BytesIO()
    font.save(whole)
    return whole.getvalue()


if __name__ == "__main__":
    main()
