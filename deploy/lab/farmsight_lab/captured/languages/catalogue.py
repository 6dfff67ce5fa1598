"""The languages that evidence can be written in, by the code that the command line takes."""

from typing import Final

from farmsight_lab.captured.languages import de, en, es, fr, it, ja, pt, ru, zh
from farmsight_lab.captured.languages.words import Words

LANGUAGES: Final[dict[str, Words]] = {one.WORDS.language: one.WORDS for one in (en, de, fr, es, it, pt, ja, zh, ru)}
