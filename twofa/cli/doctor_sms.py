"""flask doctor on text messages: gateways, receipts, texts and their cost."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from twofa.adapters import dns
from twofa.cli import program
from twofa.cli.check_result import Finding
from twofa.domain.otp.challenge import Purpose
from twofa.domain.settings import Settings
from twofa.domain.sms import india_dlt, numbering, sms_price, sms_template
from twofa.domain.sms.sms_text import bare
from twofa.flows.delivery import apply_receipts
from twofa.gateways.base import Account, Standing
from twofa.gateways.infobip.infobip_hosted_codes import InfobipPin

PATIENCE = 3.0
"""Seconds for one DNS query."""
TEMPLATES = {("authkey",), (InfobipPin.name,)}
"""Gateway orders for which the provider's own template is sent, and never our text."""
METADATA_DAYS = 365
"""Days after which the metadata of phone numbers need an update; new ones come monthly."""
HERE = ("127.0.0.1", "localhost", "::1")
CREDENTIALS = {
    "plivo": "PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN",
    "twilio": "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
    "infobip": "INFOBIP_API_KEY and INFOBIP_BASE_URL",
    "authkey": "AUTHKEY_API_KEY",
}
WORDS = {
    Standing.GOOD: "answers, and knows our credentials",
    Standing.UNREADABLE: "answers, and doesn't show the account to this key",
    Standing.REFUSED: "doesn't take our credentials",
    Standing.SUSPENDED: "says that the account is suspended or closed",
    Standing.AWAY: "can't be reached",
    Standing.SILENT: "took the question and gave no whole answer",
    Standing.ODD: "answers with something that isn't an account",
}
MEND = {
    Standing.UNREADABLE: "If messages fail too: see the key's rights and addresses at {name}.",
    Standing.REFUSED: "Set {credentials} to what {name}'s console shows; see that it allows this "
    "machine's address.",
    Standing.SUSPENDED: "See {name}'s console: it is credit, or a review of theirs.",
    Standing.AWAY: "See that this machine may connect to {host}, and that {setting} is right.",
    Standing.SILENT: "Try again; if it stays so, see {name}'s status page and {setting}.",
    Standing.ODD: "See that {setting} leads to {name}; if it does, see its status page.",
}


def gateways(settings: Settings) -> Iterator[Finding]:
    """Check for flask doctor that each provider in use knows the account; nothing is sent."""
    used = _used(settings)
    if not used:
        words = "none: text messages are shown in the log and at /dev/inbox"
        yield Finding("gateways", settings.development, words, "Set PLIVO_AUTH_ID and the others.")
    for name in used:
        provider = _provider_of(name)
        account = program.services().router.gateways[provider].account()
        well = account.standing in (Standing.GOOD, Standing.UNREADABLE)
        mend = MEND.get(account.standing, "").format(
            name=provider.capitalize(),
            credentials=CREDENTIALS[provider],
            host=urlsplit(_address_of(settings, provider)).hostname,
            setting=f"{provider.upper()}_BASE_URL",
        )
        note = account.standing is Standing.UNREADABLE
        yield Finding(f"gateway {name}", well, _words(account), mend, note)


def addresses(settings: Settings) -> Iterator[Finding]:
    """Check for flask doctor that DNS knows PUBLIC_URL, to which providers send their receipts."""
    outside = [
        name
        for name in _used(settings)
        if urlsplit(_address_of(settings, _provider_of(name))).hostname not in HERE
    ]
    if not outside:
        yield Finding("address", True, "not looked up: no provider outside is used")
        return
    host = bare(settings.public_host)
    ips = dns.addresses(host, patience=PATIENCE)
    if not settings.secure:
        words = f"PUBLIC_URL begins with http, so {', '.join(outside)} can't report"
        yield Finding("address", True, words, "Serve it by https.", note=True)
    elif ips is None:
        words = f"{host} wasn't found within {PATIENCE:.0f} seconds"
        yield Finding("address", True, words, "See this machine's DNS, and try again.", note=True)
    elif not ips:
        mend = "See that PUBLIC_URL is right, and that DNS has an entry for it."
        yield Finding("address", False, f"{host} isn't a name that DNS knows", mend)
    elif all(ip_address(one).is_loopback for one in map(_plain, ips)):
        mend = "Set PUBLIC_URL to the name that people type."
        yield Finding("address", False, f"{host} is this machine itself", mend)
    elif not any(ip_address(one).is_global for one in map(_plain, ips)):
        words = f"{host} has a private address ({', '.join(ips)}), seen from here"
        mend = "See that DNS outside gives a public one, or receipts won't arrive."
        yield Finding("address", True, words, mend, note=True)
    else:
        yield Finding("address", True, f"{host} has a public address ({', '.join(ips)})")


def reports(settings: Settings) -> Iterator[Finding]:
    """Report in flask doctor where receipts go, and what has to be entered by hand."""
    services = program.services()
    if not _used(settings):
        yield Finding("receipts", True, "none: nothing is sent")
        return
    if not services.router.receipts:
        yield Finding("receipts", True, "none: no provider can reach this machine")
        return
    if _used(settings) == [InfobipPin.name]:
        yield Finding("receipts", True, f"none: {InfobipPin.name} sends none")
        return
    words = f"go to {settings.public_url}{apply_receipts.PATH}/..., told with each message"
    if settings.authkey:
        url = apply_receipts.account_address(services, "authkey")
        words += f"; enter this in Authkey's portal: {url}"
    yield Finding("receipts", True, words)


def wordings(settings: Settings) -> Iterator[Finding]:
    """Report in flask doctor how each text is billed, and its approximate cost by country."""
    counts = [
        f"{one.purpose.value} in {one.language} {one.segments}"
        for one in program.services().letters.specimens()
    ]
    segments = f"segments: {', '.join(counts)}"
    regions = dict.fromkeys([settings.policy.default_region, *sorted(settings.sms_gateways_in)])
    for region in [one for one in regions if one]:
        if _order(settings, region) == ("authkey",):
            segments = "the text is Authkey's template AUTHKEY_OTP_TEMPLATE_ID"
        elif _order(settings, region) == (InfobipPin.name,):
            segments = "the text is Infobip's message INFOBIP_2FA_MSG_ID"
        yield Finding(f"texts to {region}", True, f"{segments}; cost {sms_price.in_words(region)}")
    if not any(regions):
        yield Finding("texts", True, segments)
    for dear in sms_template.warnings(
        program.services().letters.specimens(), app_name=settings.app_name
    ):
        yield Finding("texts", True, dear, note=True)
    yield from _own_words(settings)


def numbers(_settings: Settings) -> Iterator[Finding]:
    """Report in flask doctor the age of the metadata by which phone numbers are recognised."""
    version, day, order = numbering.metadata_date()
    age = max(0, (program.services().clock().date() - day).days)
    old = f"{day}, {age} days ago"
    when = {0: f"of {old}", 1: f"newer than {old}", -1: f"older than {old}"}[order]
    words = f"metadata {version}, {when}; ranges made since are taken where they may be mobile"
    mend = "Update phonenumberslite, so that area codes that are new have their country."
    yield Finding(
        "phone numbers", True, words, mend, note=order < 0 or (order == 0 and age > METADATA_DAYS)
    )


def arrivals(settings: Settings) -> Iterator[Finding]:
    """Show texts in flask doctor as they arrive: all in the first language, else a sign-in's."""
    if set(_orders(settings)) <= TEMPLATES:
        return
    specimens = program.services().letters.specimens()
    for one in specimens:
        if one.language == specimens[0].language or one.purpose is Purpose.SIGN_IN:
            text = one.text.replace("\n", "\n      ")
            words = f"for {one.purpose.value} in {one.language}, as it arrives:\n      {text}"
            yield Finding("text", True, words)


def india(settings: Settings) -> Iterator[Finding]:
    """Compare in flask doctor the texts for India with the template registered there (DLT)."""
    template, order = settings.sms_dlt_template, _order(settings, "IN")
    named = "IN" in (settings.policy.countries or ()) or "IN" in settings.sms_gateways_in
    if "authkey" in order and (template or named):
        words = "Authkey sends its own template AUTHKEY_OTP_TEMPLATE_ID, which isn't seen from here"
        mend = "It must be registered to the letter, the last line too, with {#otp#} for the code."
        yield Finding("India", True, words, mend, note=True)
    if order == ("authkey",) or not (template or named):
        return
    if not template:
        words = "carriers drop a text that isn't registered to the letter"
        mend = "Set SMS_DLT_TEMPLATE to the registered text, and look here again."
        yield Finding("India", True, words, mend, note=True)
        return
    others = []
    for one in program.services().letters.specimens():
        differs = india_dlt.difference(template, one.text)
        if one.purpose is not Purpose.SIGN_IN:
            others += [one.purpose.value] if differs else []
        elif differs:
            mend = "Set SMS_TEXT to the registered text, or register ours; the last line counts."
            yield Finding("India", False, f"in {one.language}, {differs}", mend)
        else:
            words = f"the text for {one.purpose.value} in {one.language} is the registered one"
            yield Finding("India", True, words)
            if not one.setting:
                words = "in a sign-in's last minute our own text has another sentence"
                mend = "It is dropped then. SMS_TEXT has one form, however many minutes are left."
                yield Finding("India", True, words, mend, note=True)
    if others:
        words = f"the texts for {', '.join(dict.fromkeys(others))} aren't this template"
        mend = "Register them too, or they are dropped. SMS_TEXT alone gives one text for all."
        yield Finding("India", True, words, mend, note=True)


def _own_words(settings: Settings) -> Iterator[Finding]:
    tongues = {one.language for one in program.services().letters.specimens()}
    spoken = {one.partition("_")[0] for one in tongues}
    for key in sorted(settings.sms_texts):
        tongue, name = sms_template.language_of(key), f"SMS_TEXT_{key}"
        if tongue and tongue.partition("_")[0] not in spoken:
            words = f"{name} is never sent: the pages don't speak that language"
            yield Finding("texts", True, words, note=True)
    vague: dict[str, dict[str, None]] = {}
    for one in program.services().letters.specimens():
        general = one.setting and not sms_template.says_purpose(one.setting)
        if general and one.purpose not in (Purpose.SIGN_IN, Purpose.PHONE):
            vague.setdefault(one.setting, {})[one.purpose.value] = None
    for setting, purposes in vague.items():
        words = f"{setting} goes out for {', '.join(purposes)} too, and can't say so"
        mend = "A text for each purpose warns people who are talked into reading a code out."
        yield Finding("texts", True, words, mend, note=True)


def _words(found: Account) -> str:
    if found.standing is Standing.GOOD:
        return WORDS[found.standing]
    return f"{WORDS[found.standing]} ({f'status {found.status}' if found.status else found.code})"


def _order(settings: Settings, region: str) -> tuple[str, ...]:
    return settings.sms_gateways_in.get(region) or settings.sms_gateways


def _orders(settings: Settings) -> tuple[tuple[str, ...], ...]:
    return (settings.sms_gateways, *settings.sms_gateways_in.values())


def _used(settings: Settings) -> list[str]:
    named = dict.fromkeys(name for order in _orders(settings) for name in order)
    return [name for name in named if _provider_of(name) in CREDENTIALS]


def _provider_of(name: str) -> str:
    """Return the provider whose account a gateway uses: two gateways are Infobip's."""
    return "infobip" if name == InfobipPin.name else name


def _address_of(settings: Settings, name: str) -> str:
    accounts = {
        "plivo": settings.plivo,
        "twilio": settings.twilio,
        "infobip": settings.infobip,
        "authkey": settings.authkey,
    }
    account = accounts[name]
    return account.base_url if account else ""


def _plain(address: str) -> str:
    return address.partition("%")[0]  # without the zone of a link-local address
