"""Who is subscribed, and what each is sent when a resource changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fhir_alliance.sandbox.messages import FHIR_JSON
from fhir_alliance.sandbox.subscription import Subscription, read_subscription

if TYPE_CHECKING:
    from collections.abc import Callable

    from fhir_alliance.sandbox.store import Version

_FHIR = {"Content-Type": f"{FHIR_JSON}; charset=UTF-8"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Message(NamedTuple):
    """One HTTP request to a subscriber."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    sent_again: bool = True  # where it is not taken


class Subscribers:
    """Listens to a store and posts a message for each subscriber that a change concerns."""

    def __init__(self, post: Callable[[Message], None]) -> None:
        self._post = post
        self._subscriptions: dict[str, Subscription] = {}

    def hear(self, version: Version, before: Version | None) -> None:
        """Takes note of one kept version, under the store's lock."""
        if version.resource_type == "Subscription":
            self._note(version)
        content = version if version.resource is not None else before
        for subscription in self._subscriptions.values():
            if content and subscription.matches(content.resource_type, content.resource or {}):
                self._tell(subscription, version)

    def _note(self, version: Version) -> None:
        subscription = read_subscription(version.resource) if version.resource else None
        self._subscriptions.pop(version.id, None)
        if subscription:
            self._subscriptions[version.id] = subscription

    def _tell(self, subscription: Subscription, version: Version) -> None:
        deleted = version.resource is None
        message = (_deleted if deleted else _changed)(subscription, version)
        if message:
            self._post(message._replace(headers={**message.headers, **subscription.headers}))


def _changed(subscription: Subscription, version: Version) -> Message:
    if subscription.dialect == "put":
        url = f"{subscription.endpoint}/{version.reference}"
        return Message("PUT", url, {**_FHIR, "If-Match": version.etag}, version.body)
    if subscription.dialect == "post":
        return Message("POST", subscription.endpoint, _FHIR, version.body)
    # HAPI sends it once, and with a condition that means nothing
    headers = {**_FORM, "If-None-Exist": f"{subscription.endpoint}?"}
    return Message("POST", subscription.endpoint, headers, b"", sent_again=False)


def _deleted(subscription: Subscription, version: Version) -> Message | None:
    """A subscriber without payload is not told of a delete, nor one that did not ask for it."""
    if not subscription.tells_deletes:
        return None
    if subscription.dialect == "put":
        return Message("DELETE", f"{subscription.endpoint}/{version.reference}", {}, b"")
    if subscription.dialect == "post":
        headers = {**_FHIR, "X-Medplum-Deleted-Resource": version.reference}
        return Message("POST", subscription.endpoint, headers, b"{}")
    return None
