"""How often letters come in the languages of Windows, and the code pages that Windows has for each.

A letter's number is its share of running text in parts of ten thousand,
rounded. Of alphabets that are not Latin only their own letters count.
"""

# ruff: noqa: RUF001 - the letters of other alphabets are what this is about

import math
from typing import Final, NamedTuple

# A text is asked for its code page only where it has letters beyond ASCII, so
# in every Latin language they are taken to be equally frequent as a whole.
_BEYOND_ASCII: Final = 800
# What comes less often than this is foreign to the language.
FOREIGN: Final = math.log2(0.1 / 10_000)

_WESTERN: Final = ("cp1252", "cp850", "cp858", "cp437")
_CENTRAL: Final = ("cp1250", "cp852")
_BALTIC: Final = ("cp1257", "cp775")
_CYRILLIC: Final = ("cp1251", "cp866")


class Language(NamedTuple):
    """The code pages and the letters of a language: the logarithm of the share of each, to the base of two.

    `rare` is how many bits must speak for it before it is believed: Windows in
    it, or a letter beyond ASCII in it, is seldom met.
    """

    name: str
    pages: tuple[str, ...]
    letters: dict[str, float]
    rare: int


def _language(name: str, pages: tuple[str, ...], letters: str, rare: int = 0) -> Language:
    shares = {one[0]: float(one[1:]) for one in letters.split()}
    beyond = sum(share for letter, share in shares.items() if letter > "\x7f")
    latin = "e" in shares
    scaled = {
        letter: share * _BEYOND_ASCII / beyond if latin and letter > "\x7f" else share
        for letter, share in shares.items()
    }
    return Language(name, pages, {letter: math.log2(share / 10_000) for letter, share in scaled.items()}, rare)


LANGUAGES: Final = (
    _language(
        "German",
        _WESTERN,
        "e1585 n995 i833 r702 s675 t600 a599 d514 h472 u384 l362 c313 m283 g274 o261 b206 f166 w163 k137 "
        "z115 v87 p85 ü63 ä47 j29 ö27 ß15 y13 x6 q2 à0.5 é0.3",
    ),
    _language(
        "French",
        _WESTERN,
        "e1477 s815 a773 n709 i698 t689 r665 u612 o553 l549 d398 c335 p307 m285 é200 v150 q113 f110 g96 "
        "b90 h81 j62 à49 x41 è33 y32 ê18 z14 ç13 k9 w5 ô5 â3 î3 ù3 û2 œ1 ï0.8 ë0.4 ü0.3 ÿ0.2",
    ),
    _language(
        "Spanish",
        _WESTERN,
        "e1353 a1174 o874 s743 n705 r636 i590 l551 d506 t444 c421 u417 m288 p270 b125 g117 q108 y105 v101 "
        "h90 f71 ó58 í49 j46 á40 z33 é28 ñ17 x16 ú12 k7 w5 ü0.4 ç0.2",
    ),
    _language(
        "Italian",
        _WESTERN,
        "e1143 i1103 a1080 o946 n731 t645 r622 l620 s515 c443 d382 u310 p289 m275 g168 v157 h126 f106 b97 "
        "z89 q49 è30 à20 ù10 k8 y7 ò7 w6 é5 ì5 x3 j3 î0.1",
    ),
    _language(
        "Portuguese",
        _WESTERN,
        "a1236 e1211 o1069 s759 r656 i612 d530 n514 m486 t458 u427 c345 l279 p275 v143 g120 q112 f111 "
        "b103 h96 ã84 é57 ç51 á42 z37 j35 í25 x24 ê21 ó20 ú10 õ10 y9 k9 à8 w7 â3 ô3 ü0.3",
    ),
    _language(
        "Dutch",
        _WESTERN,
        "e1863 n1002 a783 i681 t666 o608 r586 d536 s381 l371 g285 h265 v257 m253 k246 u187 j185 w166 b157 "
        "p149 z134 c125 f81 y14 x6 é4 ë4 ö2 q1 ü1 ï0.8 ê0.5 á0.5 è0.4 ó0.3 ç0.3",
        rare=2,
    ),
    _language(
        "Swedish",
        _WESTERN,
        "a971 e937 t887 r867 n781 i556 s551 l505 d455 o387 m360 g335 k310 ä265 v253 h227 å205 f196 u177 "
        "p172 ö145 b135 c129 j117 y55 x10 w6 é4 z2 q0.6 ü0.5",
    ),
    _language(
        "Danish",
        _WESTERN,
        "e1590 r852 n699 t678 d649 a630 i606 s521 l490 o459 g454 k340 m333 v271 f266 h203 u170 b143 p141 "
        "å138 j94 æ85 ø80 y58 c33 w7 x4 é2 z2 ö0.5 q0.4",
        rare=1,
    ),
    _language(
        "Norwegian",
        _WESTERN,
        "e1591 r874 t789 n748 i602 a584 s566 l507 o499 d456 g400 k398 m337 v263 f203 å202 p182 h176 u161 "
        "b140 j119 ø86 y65 æ23 c17 w6 x2 z2 é1 ò1 ô1 q0.5 ö0.5",
        rare=1,
    ),
    _language(
        "Finnish",
        _WESTERN,
        "a1208 i1070 t962 n870 e803 s734 o571 l563 k515 ä486 u479 m328 v237 r215 j205 h197 p180 y178 d87 "
        "ö46 g20 b13 c12 f11 w5 x2 å2 z1 é0.5 q0.4 š0.3",
        rare=1,
    ),
    _language(
        "Icelandic",
        _WESTERN,
        "a944 r888 n777 i753 e717 s550 t506 l438 g428 u425 m403 ð358 k311 f311 o269 v235 h214 í209 á199 "
        "d155 þ137 j109 y97 b92 ó78 æ76 ö71 p71 ú68 é63 ý19 c14 w6 x5 z1 q0.3",
        rare=2,
    ),
    _language(
        "Catalan",
        _WESTERN,
        "e1326 a1237 s785 l685 r682 i669 n644 t607 o483 d435 u403 c370 m312 p290 v143 b135 g124 q124 f94 "
        "h72 é58 ó49 x47 à36 j35 í28 è28 y26 ò22 ç11 ú11 z10 k5 w4 ï3 ü2 á0.8 ñ0.4",
        rare=3,
    ),
    _language(
        "Polish",
        _CENTRAL,
        "a897 i854 e843 o762 z550 n548 t434 s432 w420 r415 c384 y370 d342 k327 m315 p281 j267 l222 u216 "
        "b164 ł145 g133 ę129 h101 ż98 ą88 ó77 ś72 ć52 f30 ń16 ź7 v5 x3 é0.5 q0.4 ö0.2",
    ),
    _language(
        "Czech",
        _CENTRAL,
        "e839 o797 a706 n630 t564 s470 i426 l419 v403 d377 k372 m356 r355 p316 u311 í284 j247 c239 á220 "
        "h219 z194 y189 b177 ě167 ž116 ř107 é99 č90 š84 ý81 ů45 f31 g28 ú12 x7 w6 ň6 ď4 ť4 ó2 q0.4 ö0.3 "
        "ä0.2 ü0.2",
    ),
    _language(
        "Slovak",
        _CENTRAL,
        "o920 a916 e861 n584 i548 t493 s489 r473 v446 k380 l359 m344 d336 p307 u260 j219 c217 h214 á190 "
        "z188 b183 y152 ž107 č104 ý101 í100 š89 é78 ú76 ť70 ľ44 f29 g28 ô24 ď19 ň14 ó11 ä9 x7 w6 ĺ1 ŕ0.7 "
        "q0.3",
        rare=1,
    ),
    _language(
        "Hungarian",
        _CENTRAL,
        "e1053 a987 t736 n621 l577 s577 i452 k450 m427 o416 z406 r397 g382 é313 á278 y271 d215 v197 b193 "
        "h171 j117 p102 u100 ö94 c83 f80 ó80 ő73 ü48 í47 ú29 ű16 w7 x5 q0.4",
    ),
    _language(
        "Romanian",
        _CENTRAL,
        "e1189 a1062 i1027 r694 n672 t655 u596 c512 l474 o445 s411 d380 p314 m310 ă279 f128 v123 ş118 "
        "î115 ţ98 b95 g84 z64 â51 h39 j26 x17 y8 k7 w6 q0.3 é0.3",
    ),
    _language(
        "Slovene",
        _CENTRAL,
        "e1062 a1019 o930 i892 n689 r502 s486 j470 t457 l450 v438 k369 d360 p326 m288 z216 u197 b190 č140 "
        "g139 h115 š99 c72 ž62 f19 y6 w4 x1 ć1 đ0.5 q0.2",
        rare=1,
    ),
    _language(
        "Croatian",
        _CENTRAL,
        "a1191 o958 i940 e923 n624 j493 s491 r477 u443 t443 d411 k360 v342 m325 l323 p273 z176 g176 b164 "
        "š95 c82 č73 h61 ž56 ć46 f25 đ19 y5 w3 x1",
        rare=1,
    ),
    _language(
        "Turkish",
        ("cp1254", "cp857"),
        "a1170 e973 i881 n721 r674 l616 k469 d420 ı416 m369 t343 s339 y329 u308 o287 b280 ü178 z152 ş149 "
        "g136 v126 h125 ç117 c94 ğ91 p89 ö76 f54 j9 w4 â2 x2 û1 î0.3 q0.2",
    ),
    _language(
        "Lithuanian",
        _BALTIC,
        "i1339 a1179 s789 o599 t597 e573 r554 u477 n471 k467 m322 l317 p284 d267 v252 j214 g188 b154 ė152 "
        "y138 ų127 š118 ž87 ą74 į61 ū51 c38 č35 z23 f22 ę17 h12 x2 w2",
        rare=2,
    ),
    _language(
        "Latvian",
        _BALTIC,
        "a1183 i953 s803 t647 e612 r553 u550 n461 k426 ā398 m350 o321 v320 l320 d309 p288 j226 ī187 z184 "
        "b178 ē170 g136 c108 š96 ū58 ņ45 ļ35 f22 ž17 ķ11 h10 ģ9 č7 w2 y2 x1",
        rare=2,
    ),
    _language(
        "Estonian",
        _BALTIC,
        "a1208 i1070 t962 n870 e803 s734 o571 l563 k515 u479 m328 v237 r215 j205 h197 p180 y178 ä140 õ100 "
        "ü90 d87 ö20 g20 b13 c12 f11 w5 š3 x2 z1 ž1 q0.4",
        rare=2,
    ),
    _language(
        "Russian",
        _CYRILLIC,
        "о1081 е834 а794 и734 н656 т636 с550 р486 в460 л409 к349 м309 д303 п279 у248 я199 ы186 г170 ь168 "
        "б167 з158 ч143 й126 ж93 х89 ш66 ю62 ц49 э36 щ33 ф31 ё8 ъ3",
    ),
    _language(
        "Ukrainian",
        _CYRILLIC,
        "о937 а843 н706 і575 и571 в530 т523 е496 р495 с400 к388 у352 д341 л319 м294 п281 з229 я222 ь172 "
        "б170 г146 й120 ч114 ц98 х98 ж91 ї87 ю76 ш72 щ58 є54 ф28 ы2 э0.8",
        rare=1,
    ),
    _language(
        "Bulgarian",
        _CYRILLIC,
        "а1278 о892 е892 и883 т721 н701 с531 в468 р465 д356 к354 л299 м288 п266 з222 я176 ъ167 г154 б148 "
        "ч133 у125 щ75 ж73 й60 ц56 х46 ш43 ф28 ю12 ь2",
        rare=1,
    ),
    _language(
        "Greek",
        ("cp1253", "cp737", "cp869"),
        "α1013 τ812 ο792 σ758 ι681 ε681 ν624 ρ384 π375 κ368 μ358 η355 υ323 λ271 ί234 ά221 ό205 έ189 γ175 "
        "δ160 ω133 ή125 χ117 θ106 ύ87 φ74 ώ65 β59 ξ36 ζ33 ψ13 ϊ2",
    ),
    _language(
        "Hebrew",
        ("cp1255", "cp862"),
        "י1116 ו1050 ה874 ל732 א606 ת561 ר538 ב510 מ504 ש486 נ325 ע313 ם310 ד265 כ246 ח242 ק204 פ184 ס151 "
        "ג136 ן133 צ121 ז118 ט112 ך61 ף23 ץ13",
    ),
    _language(
        "Arabic",
        ("cp1256", "cp720"),
        "ا1426 ل1147 ي777 م663 ن565 و501 ر438 ت420 ع352 ب351 د301 ة290 ه265 ف260 ك238 س235 أ216 ق212 ح189 "
        "ج139 ى99 ش95 ص95 ط87 خ85 ذ79 إ78 ض62 ث59 ز55 غ41 ئ36 ء36 ظ23 آ12 ؤ10",
    ),
    _language(
        "Thai",
        ("cp874",),
        "า750 น620 ร580 อ520 ่500 ก480 ้450 เ420 ง400 ั350 ม320 ย300 ล290 ี280 ว270 ด260 ท260 ส250 ต240 "
        "ิ220 ห220 ป200 ค200 บ180 ไ150 จ150 พ140 แ140 ะ140 ข140 ุ140 ์120 ช110 ใ110 ู110 ื110 ็80 โ80 ำ80 "
        "ถ70 ผ60 ณ60 ธ50 ศ50 ึ50 ซ40 ภ40 ญ30 ษ30 ฟ30 ฐ20 ๆ20 ฉ15 ฝ10 ฮ10 ฏ5 ฯ5 ฎ3 ฑ3 ฆ3 ฬ3 ฤ3 ฒ2",
    ),
)
