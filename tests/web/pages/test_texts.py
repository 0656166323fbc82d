"""The texts of codes: one segment of GSM-7 in every language and for every purpose."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from support.site import world as worlds

from twofa.domain.otp.challenge import Purpose
from twofa.domain.sms import sms_template, sms_text
from twofa.web.text import language as languages
from twofa.web.text import sms_texts

LONG_NAME = "Harbour Building Society in Western Port"
LONG_HOST = "accounts.harbour-friendly-society.co.uk"
OWN = "{code} is your code for {app}. Good for {minutes} min."
EVERY = [(spoken, purpose) for spoken in languages.LOCALES for purpose in Purpose]
VALUES = {
    "the usual": ("Harbour", "https://login.example.com", "123456", 5),
    "the longest": (LONG_NAME, f"https://{LONG_HOST}:65535", "1234567890", 10),
    "a name of one word": ("H" * 20, "https://login.example.com", "1234567890", 10),
    "one minute": ("Harbour", "https://login.example.com", "123456", 1),
}


def warnings():
    """Return what is told at start."""
    return sms_template.warnings(sms_texts.specimens(settings()), app_name="Harbour")


def settings(**changes):
    return worlds.settings("sqlite://", Path("instance"), **changes)


@pytest.mark.parametrize(("app", "url", "code", "minutes"), VALUES.values(), ids=VALUES)
@pytest.mark.parametrize(("spoken", "purpose"), EVERY)
def test_a_text_costs_no_more_than_its_language_needs(spoken, purpose, app, url, code, minutes):
    site = settings(app_name=app, public_url=url)
    text = sms_texts.write(site, purpose, language=spoken, code=code, minutes=minutes)
    assert sms_text.segments(text) <= sms_text.segments_allowed(spoken), text
    assert not sms_text.strangers(text) or sms_text.segments_allowed(spoken) > 1, text
    assert text.startswith(code) or sms_text.segments_allowed(spoken) > 1
    assert app.split()[0] in text
    assert str(minutes) in text or minutes == 1
    assert text.split("\n")[-1] == f"@{url.split('/')[2].split(':')[0]} #{code}"


@pytest.mark.parametrize("has_mail", [True, False], ids=["with an address", "without"])
@pytest.mark.parametrize("app", ["Harbour", LONG_NAME, "H" * 40])
def test_the_text_to_the_number_before_is_one_segment_without_code_or_link(app, has_mail):
    text = sms_texts.number_changed(settings(app_name=app), language="en", has_mail=has_mail)
    assert sms_text.segments(text) == 1
    assert not sms_text.strangers(text)
    assert app.split()[0] in text
    assert ("Check your email" in text) == has_mail
    assert not any(character.isdigit() for character in text)
    assert "/" not in text


def test_purposes_have_texts_of_their_own():
    said = {
        sms_texts.write(settings(), purpose, language="en", code="123456", minutes=5)
        for purpose in Purpose
    }
    assert len(said) == len(Purpose) - 1, "sign-in by phone has that of a sign-in"


def test_a_name_gives_way_by_whole_words_first():
    site = settings(app_name=LONG_NAME, public_url="https://login.harbour.example")
    text = sms_texts.write(site, Purpose.DISABLE, language="en", code="1234567890", minutes=10)
    assert " your Harbour Building Society code to turn off" in text
    cut = settings(app_name="Harbour Savings & Loanholders of the Nor", public_url=site.public_url)
    text = sms_texts.write(cut, Purpose.DISABLE, language="en", code="1234567890", minutes=10)
    assert " your Harbour Savings code to turn off" in text, "no sign is left hanging"
    assert LONG_NAME in sms_texts.write(
        settings(app_name=LONG_NAME), Purpose.SIGN_IN, language="en", code="123456", minutes=5
    )


TURKISH = "Türkiye İş Bankası"  # noqa: RUF001 - the subject
CARRIED = {
    "Turkish": (TURKISH, "Türkiye Is Bankasi"),
    "Polish": ("Łódź Żegluga", "Lodz Zegluga"),
    "Czech": ("Česká spořitelna", "Ceska sporitelna"),
    "French, which has its own letters": ("Crédit Coopératif", "Crédit Coopératif"),
    "decomposed": ("Cre\u0301dit", "Crédit"),
    "signs": ("Smith\u2019s \u2013 Bank", "Smith's - Bank"),
    "Greek capitals": ("\u03a4\u03a1\u0391\u03a0\u0395\u0396\u0391", "TPA\u03a0EZA"),
    "Icelandic": ("Þingvellir", "THingvellir"),
    "Vietnamese": ("Ngân hàng Đông Á", "Ngan hàng Dong A"),
}


@pytest.mark.parametrize(
    "own", [None, f"{OWN} Never tell it to anybody."], ids=["our text", "the operator's"]
)
@pytest.mark.parametrize(("app", "carried"), CARRIED.values(), ids=CARRIED)
def test_a_name_with_letters_that_a_text_lacks_arrives_whole(app, carried, own):
    site = settings(app_name=app, sms_texts={"": own} if own else {})
    text = sms_texts.write(site, Purpose.SIGN_IN, language="en", code="123456", minutes=5)
    assert carried in text
    assert sms_text.segments(text) == 1
    changed = sms_texts.number_changed(site, language="en", has_mail=True)
    assert carried in changed or app in changed, "one that is short enough keeps its letters"
    assert sms_text.segments(changed) == 1


def test_a_name_in_another_script_stays_as_it_is():
    for app in ("Сбербанк", "みずほ銀行", "Quay🏦"):
        site = settings(app_name=app)
        assert app in sms_texts.write(site, Purpose.PHONE, language="en", code="123456", minutes=5)


def test_no_word_of_a_name_is_ever_cut():
    names = (LONG_NAME, TURKISH, "H" * 40, "Łódzka Spółdzielnia", "Сбербанк России")
    for app in names:
        site = settings(app_name=app, public_url=f"https://{LONG_HOST}")
        for purpose in Purpose:
            text = sms_texts.write(site, purpose, language="en", code="1234567890", minutes=10)
            said = text.partition(" your ")[2].partition(" code")[0].removesuffix(" sign-in")
            whole = (app.split(), sms_text.plain(app).split())
            assert said.split() in [words[: len(said.split())] for words in whole]


AIMS = {
    "Cyrillic": ("подтверждение нового номера", 2),
    "Devanagari, with its marks": ("पंजीकरण", 2),
    "Chinese": ("註冊新帳戶", 2),
    "letters beyond the first plane": ("\U0001e900" * 10, 2),
    "French": ("réinitialisation", 1),
    "Turkish, in plain letters": ("şifre değişikliği", 1),
    "the longest": ("w" * 30, 1),
    "the longest in another script": ("Ж" * 30, 2),
}


@pytest.mark.parametrize(("aim", "parts"), AIMS.values(), ids=AIMS)
def test_a_text_for_another_program_stays_short_in_every_script(aim, parts):
    site = settings(public_url="https://login.harbour.example")
    text = sms_texts.write(site, Purpose.VERIFY, language="en", code="123456", minutes=5, aim=aim)
    assert sms_text.segments(text) == parts
    assert f" code ({aim if parts == 2 else sms_text.plain(aim)}). " in text
    assert "Don't share it." in text


def test_an_operators_text_replaces_ours_in_its_place():
    site = settings(sms_texts={"": OWN, "ENABLE": "{code} turns it on."})
    mine = sms_texts.write(site, Purpose.SIGN_IN, language="en", code="123456", minutes=5)
    line = "\n\n@app.example.com #123456"
    assert mine == f"123456 is your code for Harbour. Good for 5 min.{line}"
    on = sms_texts.write(site, Purpose.ENABLE, language="en", code="123456", minutes=5)
    assert on == f"123456 turns it on.{line}"


def test_it_is_what_reaches_a_phone(make_world):
    world = make_world(sms_texts={"": OWN})
    phone = world.number()
    world.person(phone=phone)
    (text,) = world.texts(phone)
    assert text[6:].startswith(" is your code for Harbour. Good for 5 min.\n\n@app.example.com #")


@pytest.fixture
def catalogues(tmp_path, monkeypatch):
    """Return a function that has the program speak a language, with these sentences."""

    def speak(language, sentences):
        catalog = Catalog(locale=language)
        for said, meant in sentences.items():
            catalog.add(said, meant)
        made = BytesIO()
        write_mo(made, catalog)
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.mo").write_bytes(made.getvalue())
        monkeypatch.setattr(languages, "FOLDER", tmp_path)
        monkeypatch.setattr(languages, "LOCALES", ("en", language))
        languages.catalogue.cache_clear()
        languages.sentence.cache_clear()

    yield speak
    monkeypatch.undo()
    languages.catalogue.cache_clear()
    languages.sentence.cache_clear()


EXPIRY = (
    "It expires in one minute. Don't share it.",
    "It expires in %(num)s minutes. Don't share it.",
)


def test_a_language_is_spoken_by_its_catalogue(catalogues):
    catalogues(
        "de",
        {
            sms_texts.SENTENCES[Purpose.SIGN_IN]: "%(code)s ist Ihr Code für %(app)s.",
            EXPIRY: ("Er gilt eine Minute.", "Er gilt %(num)s Minuten."),
        },
    )
    text = sms_texts.write(settings(), Purpose.SIGN_IN, language="de", code="123456", minutes=5)
    assert text.startswith("123456 ist Ihr Code für Harbour. Er gilt 5 Minuten.\n")
    assert warnings() == []


def test_a_translation_that_costs_twice_is_told(catalogues):
    catalogues(
        "fr",
        {sms_texts.SENTENCES[Purpose.PROVE]: "%(code)s, ça c\u2019est pour %(app)s, et voilà."},
    )
    (said,) = warnings()
    assert "prove in fr" in said
    assert "(ç\u2019)" in said


def test_a_language_that_needs_wide_letters_may_take_two(catalogues):
    catalogues("hi", {sms_texts.SENTENCES[Purpose.SIGN_IN]: "%(code)s आपका %(app)s कोड है।"})
    (one,) = [
        one
        for one in sms_texts.specimens(settings())
        if (one.language, one.purpose) == ("hi", Purpose.SIGN_IN)
    ]
    assert one.segments == 2
    assert warnings() == []


DEAR = {
    "a long text": ({"sms_texts": {"": "{code} " + "a" * 140}}, "SMS_TEXT takes 2 SMS segments"),
    "curly quotes": ({"sms_texts": {"EN": "{code} isn\u2019t it"}}, None),
    "long and curly": (
        {"sms_texts": {"EN": "{code} isn\u2019t it" + "a" * 70}},
        "SMS_TEXT_EN has characters that make messages longer (\u2019)",
    ),
    "a name in plain letters with marks": ({"app_name": "Łódź"}, None),
    "a name in another script": ({"app_name": "Банк"}, "APP_NAME has characters that make"),
    "a name of one word without end": (
        {"app_name": "H" * 40, "public_url": f"https://{LONG_HOST}"},
        "shorten APP_NAME",
    ),
    "a name of many words": (
        {"app_name": LONG_NAME, "public_url": "https://login.harbour.example"},
        "APP_NAME is too long for some texts and is shortened: ",
    ),
    "a host without end": (
        {"public_url": f"https://{'a' * 60}.{'b' * 60}.example"},
        "shorten APP_NAME or PUBLIC_URL's host",
    ),
}


@pytest.mark.parametrize(("changes", "said"), DEAR.values(), ids=DEAR)
def test_what_costs_more_is_told_at_start_and_works_all_the_same(make_world, caplog, changes, said):
    make_world(**changes)
    lines = [one.getMessage() for one in caplog.records if one.name == "twofa.start"]
    assert bool(lines) == bool(said)
    assert all(said in line for line in lines)
