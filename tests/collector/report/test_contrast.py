"""Words can be read in both themes, and on paper."""

import re
from importlib import resources

import pytest

SHARED = resources.files("farmsight_collector.shown")
LIGHT, DARK = ((SHARED / name).read_text(encoding="utf-8") for name in ("common.css", "dark.css"))
SHEETS = {
    "report": resources.files("farmsight_collector.report") / "report.css",
    "web": resources.files("farmsight_collector.web") / "static/web.css",
}
ENOUGH = 4.5  # WCAG 2.2, 1.4.3: text of ordinary size
OUTLINE = 3.0  # 1.4.11: what is no text
STATES = ("critical", "error", "warning", "info", "ok", "unknown")
ON_PLAIN = [(ink, ground) for ink in ("ink", "soft", *STATES) for ground in ("paper", "raised")]
PAIRS = [
    *ON_PLAIN,
    ("ink", "fill"),
    ("soft", "fill"),
    ("on-alarm", "alarm"),
    *((state, f"{state}-fill") for state in STATES),
    *(("ink", f"{state}-fill") for state in STATES),
]


def palette(sheet: str) -> str:
    return re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)[0]


def themes() -> dict[str, dict[str, str]]:
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", palette(sheet))) for sheet in (LIGHT, DARK))
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_each_ink_can_be_read_on_each_ground_that_it_stands_on(theme: str, ink: str, ground: str) -> None:
    colours = themes()[theme]

    assert contrast(colours[ink], colours[ground]) >= ENOUGH


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "raised", "fill"])
def test_the_focus_and_the_frame_of_the_odd_one_out_are_seen(theme: str, ground: str) -> None:
    colours = themes()[theme]

    assert contrast(colours["info"], colours[ground]) >= OUTLINE
    assert contrast(colours["warning"], colours[ground]) >= OUTLINE


def test_there_are_two_themes_and_all_other_colours_come_from_them() -> None:
    light, dark = palette(LIGHT), palette(DARK)
    others = [sheet.read_text(encoding="utf-8") for sheet in SHEETS.values()]

    assert re.findall(r"--([\w-]+): #", light) == re.findall(r"--([\w-]+): #", dark)
    for sheet in (LIGHT.replace(light, ""), DARK.replace(dark, ""), *others):
        assert not re.search(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(", sheet)


def test_the_contrast_of_these_tests_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
