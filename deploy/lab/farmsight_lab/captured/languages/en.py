"""English (United States)."""

from farmsight_lab.captured.languages.words import Words

WORDS = Words(
    language="en",
    oem="cp437",
    ansi="cp1252",
    date="{m}/{d}/{y}",
    time="{h12}:{mi} {half}",
    seconds="{h12}:{mi}:{ss} {half}",
)
