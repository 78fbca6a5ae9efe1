"""Personal data in plain text: where it is, and the marker that takes its place. JSON around the text is pii.py's.

Found by shape, without a language model: e-mail addresses, phone numbers, US social security and credit card numbers.
Names and addresses are not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from phonenumbers import (
    NumberParseException,
    ValidationResult,
    is_possible_number_with_reason,
    is_valid_number,
    parse,
)

EMAIL = "<EMAIL_ADDRESS>"
PHONE = "<PHONE_NUMBER>"
SSN = "<US_SSN>"
CARD = "<CREDIT_CARD>"

# Refs, UUIDs and base64 hold digits that are nobody's number, and changing one would break what it leads to.
_LEFT_ALONE = re.compile(
    r"""(?:weave|weave-trace-internal|weave-private|wandb-artifact):///[^\s"'<>\\]*"""
    r"|data:[\w.+/-]{0,100}(?:;[\w.+=-]{1,100}){0,5};base64,[A-Za-z0-9+/=_-]*"
    r"|(?<![0-9A-Za-z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z])"
    r"|(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{120,}={0,2}"
)
# No word, number or decimal fraction goes on at the edges of a number.
_BEFORE, _AFTER = r"(?<![0-9A-Za-z])(?<![0-9]\.)", r"(?![0-9A-Za-z])(?!\.[0-9])"
_CARD = re.compile(
    _BEFORE + r"(?:[0-9]{13,19}|[0-9]{4}([ -])(?:[0-9]{6}\1[0-9]{4,5}|[0-9]{4}\1[0-9]{4}\1[0-9]{1,4}(?:\1[0-9]{1,3})?))"
    r"(?![0-9A-Za-z])"
)
_CARD_TAIL = re.compile(r"[ -][0-9]{1,3}\Z")
_SSN = re.compile(_BEFORE + r"(?!000|666|9)[0-9]{3}([ -])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}" + _AFTER)
_DOMAIN = re.compile(r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,10}[A-Za-z]{2,63}")
# Read backwards from the `@`, so that a long word in front of it is looked at once and not from each of its letters.
_MAILBOX_BACKWARDS = re.compile(r"[0-9A-Za-z\u00c0-\u024f._%+'-]{1,64}")
_US_PHONE = re.compile(
    r"(?<![0-9A-Za-z+])(?<![0-9][.-])(?:\+?1[ .-]?)?(?:\([0-9]{3}\)[ .-]?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}"
    r"(?: ?(?:x|ext\.?) ?[0-9]{1,6})?" + _AFTER
)
_BARE_PHONE = re.compile(_BEFORE + r"1?[2-9][0-9]{9}" + _AFTER)
_WORLD_PHONE = re.compile(r"(?<![0-9A-Za-z+])\+[0-9](?:[ .()-]{0,2}[0-9]){6,17}(?![0-9A-Za-z])")
_LAST_GROUP = re.compile(r"[ .()-]+[0-9]+\Z")
# Fewer digits than this are no number of interest.
_DIGITS = re.compile(r"[0-9](?:[ .()-]{0,2}[0-9]){8}")


def may_hold_personal_data(text: str) -> bool:
    """A quick look: False means that there is certainly nothing to replace."""
    return "@" in text or _DIGITS.search(text) is not None


def mask(text: str) -> str:
    """The text with every piece of personal data replaced. Masking the result again changes nothing."""
    if not may_hold_personal_data(text):
        return text
    while True:
        masked = "".join(piece if fixed else _mask_piece(piece) for fixed, piece in _pieces(text))
        # What stood beside a replaced number may only now be recognisable; each round leaves fewer digits.
        if masked == text:
            return text
        text = masked


def is_card_number(digits: str) -> bool:
    """Whether 13 to 19 digits end in the check digit of a card number (Luhn)."""
    if not 13 <= len(digits) <= 19 or not digits.strip("0"):
        return False
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(value - 9 if value > 9 else value for value in doubled)) % 10 == 0


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """The text in order, in pieces: whether it must stay as it is, and the piece."""
    end = 0
    for match in _LEFT_ALONE.finditer(text):
        yield False, text[end : match.start()]
        yield True, match[0]
        end = match.end()
    yield False, text[end:]


def _mask_piece(text: str) -> str:
    if "@" in text:
        text = _mask_emails(text)
    if _DIGITS.search(text):
        text = _replace(_CARD, _card, text)
        text = _SSN.sub(SSN, text)
        text = _US_PHONE.sub(PHONE, text)
        text = _replace(_WORLD_PHONE, _world_phone, text)
        text = _replace(_BARE_PHONE, _bare_phone, text)
    return text


def _mask_emails(text: str) -> str:
    pieces: list[str] = []
    end = 0
    for domain in _DOMAIN.finditer(text):
        before = text[max(end, domain.start() - 64) : domain.start()]
        mailbox = _MAILBOX_BACKWARDS.match(before[::-1])
        if mailbox is None:
            continue
        pieces += [text[end : domain.start() - mailbox.end()], EMAIL]
        end = domain.end()
    return "".join(pieces) + text[end:]


def _replace(shape: re.Pattern[str], find: Callable[[str], tuple[int, str]], text: str) -> str:
    """The text with what `find` recognises replaced: it says how much of the front of a match, and by what."""
    pieces: list[str] = []
    end = searched = 0
    while (match := shape.search(text, searched)) is not None:
        length, marker = find(match[0])
        if length:
            pieces += [text[end : match.start()], marker]
            end = searched = match.start() + length
        else:
            # A number that fits may begin at a later group of this one.
            searched = match.start() + 1
    return "".join(pieces) + text[end:]


def _card(found: str) -> tuple[int, str]:
    for candidate in (found, _CARD_TAIL.sub("", found)):
        if is_card_number(re.sub("[ -]", "", candidate)):
            return len(candidate), CARD
    return 0, ""


def _world_phone(found: str) -> tuple[int, str]:
    candidate = found
    while candidate:
        if _is_phone(candidate, certainly=False):
            return len(candidate), PHONE
        shorter = _LAST_GROUP.sub("", candidate)
        candidate = shorter if shorter != candidate else ""
    return 0, ""


def _bare_phone(found: str) -> tuple[int, str]:
    return (len(found), PHONE) if _is_phone(found, certainly=True) else (0, "")


def _is_phone(candidate: str, *, certainly: bool) -> bool:
    try:
        number = parse(candidate, "US")
    except NumberParseException:
        return False
    if certainly:
        return is_valid_number(number)
    return is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
