"""Failures are told from delays in every language of the table, by the subject alone and by the text alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bounced.mime import LANGUAGES, Signs
from bounced.model import Original

SAMPLES = Path(__file__).parents[2] / "samples"

#: For each language the subject of a failure, that of a delay, and what the text of a delay says.
WORDS = {
    "German": (
        "Unzustellbar: Rechnung",
        "Zustellung verzögert: Rechnung",
        "Die Nachricht wurde noch nicht zugestellt.",
    ),
    "French": ("Non remis : facture", "Remise différée : facture", "Ce message n'a pas encore été remis."),
    "Spanish": ("No se puede entregar: factura", "Entrega retrasada: factura", "El servidor seguirá intentando."),
    "Portuguese": ("Não entregue: fatura", "Entrega adiada: fatura", "A mensagem ainda não foi entregue."),
    "Italian": ("Non recapitabile: fattura", "Recapito ritardato: fattura", "Il recapito è in ritardo."),
    "Dutch": ("Onbestelbaar: factuur", "Bezorging vertraagd: factuur", "Het bericht is nog niet bezorgd."),
    "Polish": ("Niedostarczone: faktura", "Dostarczenie opóźnione", "Wiadomość nie została jeszcze dostarczona."),
    "Russian": ("Не доставлено: счёт", "Доставка задерживается", "Сообщение еще не доставлено."),
    "Czech": ("Nedoručitelné: faktura", "Zpožděné doručení", "Zpráva dosud nebyla doručena."),
    "Scandinavian": ("Kan ej levereras: faktura", "Leveransen försenad", "Meddelandet har ännu inte levererats."),
    "Finnish": ("Ei voi toimittaa: lasku", "Toimitus viivästynyt", "Viestiä ei ole vielä toimitettu."),
    "Turkish": ("Teslim edilemedi: fatura", "Teslim gecikti: fatura", "İleti henüz teslim edilmedi."),
    "Hungarian": ("Kézbesíthetetlen: számla", "A kézbesítés késik", "Az üzenetet még nem sikerült kézbesíteni."),
    "Japanese": ("配信不能: 請求書", "配信の遅延: 請求書", "メッセージはまだ配信されていません。"),
    "Chinese": ("无法送达: 发票", "传递延迟: 发票", "此邮件尚未传递。"),
    "Korean": ("배달되지 않음: 송장", "배달 지연: 송장", "메시지가 아직 배달되지 않았습니다."),
}


def signs(words: str, text: str = "") -> Signs:
    return Signs(Original.of((("Subject", words),)), text)


def test_every_language_has_its_words() -> None:
    assert WORDS.keys() == LANGUAGES.keys()


@pytest.mark.parametrize("failure", [words[0] for words in WORDS.values()], ids=WORDS)
def test_a_failure(failure: str) -> None:
    assert signs(failure).tells_of_failure
    assert not signs(failure).tells_of_delay


@pytest.mark.parametrize(("delay", "text"), [words[1:] for words in WORDS.values()], ids=WORDS)
def test_a_delay(delay: str, text: str) -> None:
    assert signs(delay).tells_of_delay
    assert signs("Mail", text).tells_of_delay


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_patterns_are_in_lower_case_like_the_text_they_are_looked_for_in(language: object) -> None:
    bare = re.sub(r"\\.", "", repr(language).removeprefix("Language"))
    assert bare == bare.lower()


@pytest.mark.parametrize("sender", ["", "<>", "<MAILER-DAEMON@mx.example>", "<postmaster@mx.example>"])
def test_a_subject_counts_under_the_envelope_sender_of_a_notification(sender: str) -> None:
    header = Original.of((("Return-Path", sender), ("From", "robot@mx.example"), ("Subject", "Undeliverable")))
    assert Signs(header, has_original=True).returns_mail
    assert Signs(header, "--- Old message ---\nHello").returns_mail
    assert not Signs(header, "The original message was lost.").returns_mail  # who returns none writes of itself


def test_a_subject_does_not_count_under_a_persons_envelope_sender() -> None:
    person = (("Return-Path", "<anna@example.com>"), ("From", "anna@example.com"), ("Subject", "Undeliverable"))
    assert not Signs(Original.of(person)).returns_mail


def test_no_sample_of_a_delay_is_a_failure() -> None:
    notices = (path for path in SAMPLES.rglob("*.json") if path.parent.name != "other" and "cleared" not in path.stem)
    delays = [path for path in notices if "delay" in path.stem]
    actions = {
        path.stem: {event["action"] for event in json.loads(path.read_text("utf-8"))["events"]} for path in delays
    }
    assert len(delays) > 30
    assert {name: found for name, found in actions.items() if found != {"delayed"}} == {}
