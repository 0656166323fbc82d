"""flask doctor on text messages: gateways, receipts, texts and their cost."""

from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from babel import Locale

from twofa.adapters import dns
from twofa.cli import program
from twofa.cli.doctor.check_result import Finding
from twofa.domain.otp.challenge import Purpose
from twofa.domain.settings import Settings
from twofa.domain.sms import india_dlt, numbering, sms_price, sms_template
from twofa.domain.sms.sms_text import bare
from twofa.flows.delivery import apply_receipts
from twofa.gateways.base import Account, Standing
from twofa.gateways.infobip.infobip_hosted_codes import InfobipPin

PATIENCE = 3.0
"""Seconds for one DNS query."""
TEMPLATES: dict[tuple[str, ...], str] = {
    ("authkey",): "Authkey's template AUTHKEY_OTP_TEMPLATE_ID is sent",
    (InfobipPin.name,): "Infobip's message INFOBIP_2FA_MSG_ID is sent",
}
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
    Standing.GOOD: "credentials valid",
    Standing.UNREADABLE: "reachable, but the key may not read the account",
    Standing.REFUSED: "credentials refused",
    Standing.SUSPENDED: "account suspended or closed",
    Standing.AWAY: "unreachable",
    Standing.SILENT: "incomplete response",
    Standing.ODD: "unexpected response",
}
FIX = {
    Standing.UNREADABLE: "If messages fail too, check the key's permissions and allowed IP "
    "addresses at {name}.",
    Standing.REFUSED: "Set {credentials} to the values in {name}'s console. Check that {name} "
    "allows this machine's IP address.",
    Standing.SUSPENDED: "Check {name}'s console: credit may be used up, or a review is pending.",
    Standing.AWAY: "Check that this machine can connect to {host}, and that {setting} is right.",
    Standing.SILENT: "Try again. If it doesn't help, check {name}'s status page and {setting}.",
    Standing.ODD: "Check that {setting} is {name}'s address. If it is, check {name}'s status page.",
}


def gateways(settings: Settings) -> Iterator[Finding]:
    """Check for flask doctor that each provider in use knows the account; nothing is sent."""
    used = _used(settings)
    if not used:
        words = "not set: text messages are shown in the log and at /dev/inbox"
        fix = "Set the credentials of a gateway, such as PLIVO_AUTH_ID."
        yield Finding("gateways", settings.development, words, fix)
    for name in used:
        provider = _provider_of(name)
        account = program.services().router.gateways[provider].account()
        well = account.standing in (Standing.GOOD, Standing.UNREADABLE)
        fix = FIX.get(account.standing, "").format(
            name=provider.capitalize(),
            credentials=CREDENTIALS[provider],
            host=urlsplit(_address_of(settings, provider)).hostname,
            setting=f"{provider.upper()}_BASE_URL",
        )
        note = account.standing is Standing.UNREADABLE
        yield Finding(f"gateway {name}", well, _words(account), fix, note)


def addresses(settings: Settings) -> Iterator[Finding]:
    """Check for flask doctor that DNS knows PUBLIC_URL, to which providers send their receipts."""
    outside = [
        name
        for name in _used(settings)
        if urlsplit(_address_of(settings, _provider_of(name))).hostname not in HERE
    ]
    if not outside:
        yield Finding("address", True, "skipped (no external provider)")
        return
    host = bare(settings.public_host)
    ips = dns.addresses(host, patience=PATIENCE)
    if not settings.secure:
        words = f"PUBLIC_URL isn't https, so {', '.join(outside)} can't send receipts"
        yield Finding("address", True, words, "Set PUBLIC_URL to an https address.", note=True)
    elif ips is None:
        words = f"{host}: DNS didn't answer within {PATIENCE:.0f} seconds"
        fix = "Check this machine's DNS server, then try again."
        yield Finding("address", True, words, fix, note=True)
    elif not ips:
        fix = "Check PUBLIC_URL, and that DNS has a record for its host."
        yield Finding("address", False, f"{host} isn't in DNS", fix)
    elif all(ip_address(one).is_loopback for one in map(_plain, ips)):
        fix = "Set PUBLIC_URL to the address that people use."
        yield Finding("address", False, f"{host} is a loopback address", fix)
    elif not any(ip_address(one).is_global for one in map(_plain, ips)):
        words = f"{host} has a private address ({', '.join(ips)}), as seen from here"
        fix = "Check that public DNS has a public address, or receipts can't arrive."
        yield Finding("address", True, words, fix, note=True)
    else:
        yield Finding("address", True, f"{host} has a public address ({', '.join(ips)})")


def reports(settings: Settings) -> Iterator[Finding]:
    """Report in flask doctor where receipts go, and what has to be entered by hand."""
    services = program.services()
    if not _used(settings):
        yield Finding("receipts", True, "none: no messages are sent")
        return
    if not services.router.receipts:
        yield Finding("receipts", True, "none: no provider can reach this machine")
        return
    if _used(settings) == [InfobipPin.name]:
        yield Finding("receipts", True, f"none: {InfobipPin.name} doesn't send any")
        return
    words = f"sent to {settings.public_url}{apply_receipts.PATH}/..., set with each message"
    if settings.authkey:
        url = apply_receipts.account_address(services, "authkey")
        words += f"; for Authkey, enter in its portal: {url}"
    yield Finding("receipts", True, words)


def wordings(settings: Settings) -> Iterator[Finding]:
    """Report in flask doctor how each text is billed, and its approximate cost by country."""
    regions = dict.fromkeys([settings.policy.default_region, *sorted(settings.sms_gateways_in)])
    for region in [one for one in regions if one]:
        words = TEMPLATES.get(_order(settings, region)) or _segments()
        yield Finding(f"texts to {region}", True, f"{words}; cost {sms_price.in_words(region)}")
    if not any(regions):
        yield Finding("texts", True, _segments())
    for dear in sms_template.warnings(
        program.services().letters.specimens(), app_name=settings.app_name
    ):
        yield Finding("texts", True, dear, note=True)
    yield from _own_words(settings)


def numbers(_settings: Settings) -> Iterator[Finding]:
    """Report in flask doctor the age of the metadata by which phone numbers are recognised."""
    version, day, order = numbering.metadata_date()
    age = max(0, (program.services().clock().date() - day).days)
    when = {0: "from", 1: "newer than", -1: "older than"}[order]
    words = f"metadata {version}, {when} {day} ({age} days ago)"
    fix = "Update phonenumberslite to recognise new area codes."
    yield Finding(
        "phone numbers", True, words, fix, note=order < 0 or (order == 0 and age > METADATA_DAYS)
    )


def arrivals(settings: Settings) -> Iterator[Finding]:
    """Show texts in flask doctor as they arrive: all in the first language, else a sign-in's."""
    if TEMPLATES.keys() >= set(_orders(settings)):
        return
    specimens = program.services().letters.specimens()
    for one in specimens:
        if one.language == specimens[0].language or one.purpose is Purpose.SIGN_IN:
            words = f"{one.purpose.value} ({_language(one)}):\n{one.text}"
            yield Finding("text", True, words)


def india(settings: Settings) -> Iterator[Finding]:
    """Compare in flask doctor the texts for India with the template registered there (DLT)."""
    template, order = settings.sms_dlt_template, _order(settings, "IN")
    named = "IN" in (settings.policy.countries or ()) or "IN" in settings.sms_gateways_in
    if "authkey" in order and (template or named):
        words = (
            "Authkey sends its own template AUTHKEY_OTP_TEMPLATE_ID, which can't be checked here"
        )
        fix = "Register it exactly as sent, with its last line, and with {#otp#} for the code."
        yield Finding("India", True, words, fix, note=True)
    if order == ("authkey",) or not (template or named):
        return
    if not template:
        words = "carriers drop texts that differ from the registered ones"
        fix = "Set SMS_DLT_TEMPLATE to the registered text, then run flask doctor again."
        yield Finding("India", True, words, fix, note=True)
        return
    others = []
    for one in program.services().letters.specimens():
        differs = india_dlt.difference(template, one.text)
        if one.purpose is not Purpose.SIGN_IN:
            others += [one.purpose.value] if differs else []
        elif differs:
            fix = "Set SMS_TEXT to the registered text, or register ours with its last line."
            yield Finding("India", False, f"sign-in text ({_language(one)}): {differs}", fix)
        else:
            words = f"sign-in text ({_language(one)}) matches the registered one"
            yield Finding("India", True, words)
            if not one.setting:
                words = "carriers drop the built-in text when only 1 minute is left: it differs"
                fix = "Set SMS_TEXT. It is the same for any number of minutes."
                yield Finding("India", True, words, fix, note=True)
    if others:
        words = f"carriers drop other texts: {', '.join(dict.fromkeys(others))}"
        fix = "Register them too, or set SMS_TEXT to send one text for every purpose."
        yield Finding("India", True, words, fix, note=True)


def _own_words(settings: Settings) -> Iterator[Finding]:
    tongues = {one.language for one in program.services().letters.specimens()}
    spoken = {one.partition("_")[0] for one in tongues}
    for key in sorted(settings.sms_texts):
        tongue, name = sms_template.language_of(key), f"SMS_TEXT_{key}"
        if tongue and tongue.partition("_")[0] not in spoken:
            words = f"{name} is never sent: pages aren't available in that language"
            yield Finding("texts", True, words, note=True)
    vague: dict[str, dict[str, None]] = {}
    for one in program.services().letters.specimens():
        general = one.setting and not sms_template.says_purpose(one.setting)
        if general and one.purpose not in (Purpose.SIGN_IN, Purpose.PHONE):
            vague.setdefault(one.setting, {})[one.purpose.value] = None
    for setting, purposes in vague.items():
        words = f"{setting} doesn't say what the code is for, and is also sent for "
        words += ", ".join(purposes)
        fix = "Set a text for each purpose: it warns people who are asked to read out a code."
        yield Finding("texts", True, words, fix, note=True)


def _segments() -> str:
    """Return in how many SMS segments the texts fit, and in which languages they are."""
    specimens = program.services().letters.specimens()
    languages = ", ".join(dict.fromkeys(_language(one) for one in specimens))
    counts = sorted(Counter(one.segments for one in specimens).items())
    if [segments for segments, _ in counts] == [1]:
        return f"all fit in 1 SMS segment ({len(specimens)} texts, {languages})"
    split = ", ".join(f"{segments}: {texts} texts" for segments, texts in counts)
    return f"by number of SMS segments: {split} ({languages})"


def _language(one: sms_template.Specimen) -> str:
    return Locale.parse(one.language).english_name or one.language


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
