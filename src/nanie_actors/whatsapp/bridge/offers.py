"""What businesses send: texts with buttons, lists and forms around them, of several generations."""

from __future__ import annotations

from typing import Any

from nanie_actors.whatsapp.bridge.texts import lines


def buttons(message: Any) -> str:
    """The words above the buttons."""
    return lines(message.text, message.contentText, message.footerText)


def template(message: Any) -> str:
    """The words of a template, filled in."""
    if message.HasField("interactiveMessageTemplate"):
        return interactive(message.interactiveMessageTemplate)
    if message.HasField("fourRowTemplate"):
        rows = message.fourRowTemplate
        parts = (rows.highlyStructuredMessage, rows.content, rows.footer)
        return lines(*(template(part.hydratedHsm) for part in parts if part.HasField("hydratedHsm")))
    filled = message.hydratedFourRowTemplate
    if not message.HasField("hydratedFourRowTemplate"):
        filled = message.hydratedTemplate
    return lines(filled.hydratedTitleText, filled.hydratedContentText, filled.hydratedFooterText)


def interactive(message: Any) -> str:
    """The words of a form, or of each card of a row of forms."""
    header = message.header
    own = lines(header.title, header.subtitle, message.body.text, message.footer.text)
    return lines(own, *(interactive(card) for card in message.carouselMessage.cards))
