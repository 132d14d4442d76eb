"""What a message's body is: words, or WhatsApp's stand-in for a picture, a poll or a deleted message.

Exact forms in English and Hebrew. What is not recognised stays text: nothing a person wrote is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from nanie_actors.model import MessageKind
from nanie_actors.whatsapp.export.marks import plain_text

_OMITTED: dict[str, MessageKind] = {
    "media omitted": "other",
    "image omitted": "image",
    "video omitted": "video",
    "video note omitted": "video",
    "gif omitted": "video",
    "audio omitted": "audio",
    "voice message omitted": "audio",
    "view once voice message omitted": "audio",
    "sticker omitted": "sticker",
    "document omitted": "document",
    "contact card omitted": "contact",
    "המדיה לא נכללה": "other",
    "מדיה לא נכללה": "other",
    "המדיה הושמטה": "other",
    "המדיה הוסרה": "other",
    "התמונה הושמטה": "image",
    "סרטון הווידאו הושמט": "video",
    "הסרטון הושמט": "video",
    "gif הושמט": "video",
    "השמע הושמט": "audio",
    "ההודעה הקולית הושמטה": "audio",
    "הסטיקר הושמט": "sticker",
    "סטיקר הושמט": "sticker",
    "המדבקה הושמטה": "sticker",
    "המסמך הושמט": "document",
    "כרטיס איש קשר הושמט": "contact",
    "כרטיס איש הקשר הושמט": "contact",
}
_SUFFIXES: dict[str, MessageKind] = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".heic"), "image"),
    **dict.fromkeys((".mp4", ".mov", ".3gp", ".gif"), "video"),
    **dict.fromkeys((".opus", ".m4a", ".aac", ".mp3", ".ogg", ".amr"), "audio"),
    ".webp": "sticker",
    ".vcf": "contact",
}
_LOWER_OMITTED = "|".join(re.escape(form) for form in _OMITTED)
_CAPTIONED = re.compile(rf"(.*?)\s?[\u200e\u200f]<?({_LOWER_OMITTED})>?", re.DOTALL | re.IGNORECASE)
_FILE_NAME = re.compile(r"[^\n]+\.\w{1,5}( • [^\n]*)?")
_ANDROID_FILE = re.compile(r"(.+\.\w{1,5}) \((?:file attached|ה?קובץ מצורף)\)")
_IPHONE_FILE = re.compile(r"<(?:attached|מצורף): ([^<>\n]{1,300})>")
_EDITED = re.compile(
    r"[\s\u200e\u200f]*<(?:This message was edited|ההודעה נערכה|הודעה זו נערכה|נערכה הודעה זו)>\s*$"
)
_POLL = ("POLL:", "סקר:")
_ONE_LINE_KINDS: tuple[MessageKind, ...] = ("text", "deleted", "location", "other")
_ONE_LINE = re.compile(
    r"((?:This message was deleted|You deleted this message)(?: (?:by|as) [^\n]{1,200})?\.?"
    r"|(?:ה?הודעה(?: זו)? נמחקה|מחקת (?:הודעה זו|את ההודעה הזאת))(?: על ידי [^\n]{1,200})?\.?)"
    r"|([Ll]ocation: https?://\S*|[Ll]ive location shared|מיקום: https?://\S*)"
    r"|((?:Waiting for this message|ממתין להודעה זו|בהמתנה להודעה זו)[^\n]{0,100})"
)
_LONGEST_STAND_IN = 400


@dataclass(frozen=True, slots=True)
class Body:
    """A message's kind, its text or caption, and whether the file says that it was edited."""

    kind: MessageKind
    text: str
    edited: bool = False


def read_body(raw: str) -> Body:
    """Read what follows `Name: `."""
    edited = False
    if raw.endswith(">"):
        shorter = _EDITED.sub("", raw)
        edited, raw = shorter != raw, shorter
    kind, text = _stand_in(raw) or ("text", plain_text(raw))
    if kind == "text" and not text:
        kind = "other"
    return Body(kind, text, edited)


def _stand_in(raw: str) -> tuple[MessageKind, str] | None:
    """The kind and caption of a body that stands in for something else; None for words."""
    first, _, more = raw.partition("\n")
    if len(first) > _LONGEST_STAND_IN:
        return _captioned(raw)
    line = plain_text(first)
    kind = _OMITTED.get(line.strip("<> ").casefold())
    if kind is not None:
        return kind, plain_text(more)
    if line.endswith(")") and (file := _ANDROID_FILE.fullmatch(line)):
        return _kind_of_file(file[1]), plain_text(more)
    if not more and (whole := _ONE_LINE.fullmatch(line)):
        return _ONE_LINE_KINDS[whole.lastindex or 0], ""
    if more and line in _POLL:
        return "poll", plain_text(more.partition("\n")[0])
    return _captioned(raw)


def _captioned(raw: str) -> tuple[MessageKind, str] | None:
    """An iPhone writes a caption before or after the stand-in, in the same body."""
    if file := _IPHONE_FILE.search(raw):
        return _kind_of_file(file[1]), plain_text(raw[: file.start()] + raw[file.end() :])
    if "\u200e" not in raw and "\u200f" not in raw:
        return None
    found = _CAPTIONED.fullmatch(raw)
    if found is None:
        return None
    kind, caption = _OMITTED[found[2].casefold()], plain_text(found[1])
    return kind, "" if kind == "document" and _FILE_NAME.fullmatch(caption) else caption


def _kind_of_file(name: str) -> MessageKind:
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix.lower()
    if "STICKER" in stem:
        return "sticker"
    if "GIF" in stem and suffix == ".mp4":
        return "video"
    return _SUFFIXES.get(suffix, "document")
