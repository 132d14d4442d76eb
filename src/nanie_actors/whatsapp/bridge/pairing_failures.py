"""Why a pairing failed, in words for the person who holds the phone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nanie_actors.whatsapp.live.reports import Banned, LoggedOut, Outdated, PairingFailed, Report, Unreachable

TIMEOUT: Final = PairingFailed(
    "timeout",
    "Nobody linked the device in time: WhatsApp lets a code live for about two and a half minutes. "
    "Start again and have the phone ready: WhatsApp, Settings, Linked devices, Link a device.",
)
PASSKEY: Final = PairingFailed(
    "passkey",
    "WhatsApp asks this account for a passkey before it links a device, and its library here cannot answer. "
    "Close the request on the phone. Try once more later, or the other way (by QR code or by --code); "
    "an account that is asked every time cannot be linked for now.",
)
OUTDATED: Final = PairingFailed(
    "outdated", "WhatsApp refuses this version of its library: upgrade nanie-actors and start again."
)
_REFUSED: Final = PairingFailed(
    "refused",
    "The phone or WhatsApp refused to link the device. Look at the phone for the reason; "
    "an account has at most four linked devices, so one may have to be removed there first.",
)

_BY_STATUS: Final[Mapping[str, PairingFailed]] = {
    "timeout": TIMEOUT,
    "passkey-request": PASSKEY,
    "passkey-confirmation": PASSKEY,
    "err-client-outdated": OUTDATED,
    "err-scanned-without-multidevice": PairingFailed(
        "refused", "The WhatsApp on this phone is too old for linked devices: update it and start again."
    ),
    "err-unexpected-state": _REFUSED,
    "error": _REFUSED,
}


def failure_by_status(status: str) -> PairingFailed | None:
    """What a word of the library's pairing means; None if the pairing goes on."""
    if status == "success":
        return None
    return _BY_STATUS.get(status, PairingFailed("other", f"The pairing ended unexpectedly ({status[:40]})."))


def failure_by_report(report: Report) -> PairingFailed:
    """What the end of the connection means while nothing is paired yet."""
    match report:
        case Unreachable(why=why):
            return PairingFailed(
                "unreachable", f"WhatsApp could not be reached: look at the network and start again. ({why})"
            )
        case Outdated():
            return OUTDATED
        case LoggedOut(why=why):
            return PairingFailed("refused", f"WhatsApp refused the device: {why}.")
        case Banned():
            return PairingFailed("refused", "WhatsApp has banned this account for a while; try again later.")
        case _:
            return _REFUSED


def failure_of_code(error: Exception) -> PairingFailed:
    """Why no code could be had for a phone number."""
    text = str(error)
    if "phone number" in text:
        return PairingFailed(
            "refused",
            "WhatsApp does not accept this number: write it with the country code, like +49 170 0000000.",
        )
    if "not connected" in text:
        return failure_by_report(Unreachable("the connection was lost"))
    if "429" in text or "rate" in text:
        return PairingFailed(
            "refused", "WhatsApp gave too many codes for this number: wait an hour, or use the QR code."
        )
    return PairingFailed(
        "other", "WhatsApp gave no code for this phone number: try again, or use the QR code."
    )
