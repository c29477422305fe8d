"""How Stripe's library reaches Stripe: over urllib3, which Lambda has for boto3 anyway. Import it late, it loads both.

The library's own choice, requests, takes longer to load than the rest of it, and puts the whole `Authorization` header
into its error when the key has a line break in it. Nothing that is raised here holds more than the kind of the failure.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Mapping

import stripe
import urllib3

from handlers.shared.errors import TechnicalError

logging.getLogger("stripe").setLevel(logging.WARNING)  # below that it logs what Stripe says, secrets included
stripe.enable_telemetry = False  # it writes a file into the home directory

CONNECT_SECONDS, ANSWER_SECONDS = 2, 6
"""A charge asks three times and only one of them is likely to hang: well within the function's own timeout of 20 s."""

RETRIES = 1
"""In the call itself, and only of what fails at once; whatever lasts longer is for the workflow to try again."""


class Wire(stripe.HTTPClient):
    """One request of Stripe's library, over a pool of connections that live as long as the process."""

    name = "urllib3"

    def __init__(self) -> None:
        super().__init__()
        self._pool = urllib3.PoolManager(
            cert_reqs="CERT_REQUIRED",
            ca_certs=stripe.ca_bundle_path,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: str | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """The answer's body, status and headers, whatever the status.

        Raises:
            stripe.APIConnectionError: when there is no answer; after a timeout it is not asked again in the same call.
        """
        try:
            answer = self._pool.request(
                method.upper(), url, headers=headers, body=post_data, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as failure:
            lasting = (urllib3.exceptions.TimeoutError, urllib3.exceptions.SSLError)
            passes = not isinstance(failure, lasting)
            raise stripe.APIConnectionError(type(failure).__name__, should_retry=passes) from None
        return answer.data.decode(errors="replace"), answer.status, answer.headers

    def close(self) -> None:
        self._pool.clear()


def connect(key: str, api_base: str | None = None) -> stripe.StripeClient:
    """A client for the account of `key`, at Stripe or at a server that stands in for it.

    Raises:
        TechnicalError: when `key` cannot be a key of Stripe's; it is not shown.
    """
    if not re.fullmatch(r"(sk|rk)_[0-9A-Za-z_]+", key):
        raise TechnicalError("the secret that STRIPE_SECRET names is no key of Stripe's; those begin with sk_ or rk_")
    return stripe.StripeClient(
        key,
        http_client=_wire(),
        base_addresses={"api": api_base or stripe.DEFAULT_API_BASE},
        max_network_retries=RETRIES,
    )


@functools.cache
def _wire() -> Wire:
    return Wire()
