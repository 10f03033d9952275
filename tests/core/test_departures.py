"""Who answers that a person has left, or that nobody reads a mailbox, in the languages that the project knows."""

from __future__ import annotations

import time

import pytest

from bounced.decode import decode
from bounced.identify import Sender
from bounced.mime import departure
from bounced.mime.departures import SENTENCE_LIMIT, TEXT_LIMIT, _departures
from bounced.parse import parse
from bounced.workers.worker import FIRST_REPORTS

GONE = {
    "English": [
        "Jo Doe no longer works here.",
        "I have left the company.",
        "I am no longer with Example Ltd.",
        "Please note that Jo has now left the organisation.",
        "This mailbox is not monitored.",
        "This inbox is no longer monitored.",
        "This email address is no longer in use.",
        "This mailbox does not exist any more.",
        "My e-mail address has changed.",
        "I have retired.",
        "Jo Doe is no longer employed by Example.",
    ],
    "German": [
        "Jo Doe ist nicht mehr bei uns beschäftigt.",
        "Ich bin nicht mehr im Unternehmen tätig.",
        "Herr Doe hat das Unternehmen verlassen.",
        "Dieses Postfach wird nicht mehr gelesen.",
        "Diese E-Mail-Adresse existiert nicht mehr.",
        "Dieses Postfach wird nicht überwacht.",
        "Ich arbeite nicht mehr hier.",
    ],
    "French": [
        "Jo Doe ne travaille plus dans notre société.",
        "J'ai quitté l'entreprise.",
        "Jo Doe a quitté la société.",
        "Cette adresse n'est plus utilisée.",
        "Cette boîte aux lettres n'est pas consultée.",
        "Cette adresse n'existe plus.",
    ],
    "Spanish": [
        "Jo Doe ya no trabaja en la empresa.",
        "Ya no formo parte de la empresa.",
        "Este buzón ya no existe.",
        "Esta dirección ya no se utiliza.",
        "Este buzón no está monitoreado.",
    ],
    "Portuguese": [
        "Jo Doe já não trabalha na empresa.",
        "Não trabalho mais na empresa.",
        "Este endereço não existe mais.",
        "Jo Doe não faz mais parte da empresa.",
        "Esta caixa não é monitorada.",
    ],
    "Italian": [
        "Jo Doe non lavora più qui.",
        "Non faccio più parte dell'azienda.",
        "Questa casella non è presidiata.",
        "Questo indirizzo non è più attivo.",
    ],
    "Dutch": [
        "Jo Doe is niet meer werkzaam bij ons.",
        "Jo werkt hier niet meer.",
        "Deze mailbox wordt niet gelezen.",
        "Dit adres is niet langer in gebruik.",
    ],
    "Swedish": [
        "Jo Doe arbetar inte längre här.",
        "Jag har slutat på företaget.",
        "Denna e-postadress används inte längre.",
    ],
    "Danish": [
        "Jo Doe arbejder ikke længere her.",
        "Jeg er ikke længere ansat.",
        "Denne postkasse læses ikke.",
    ],
    "Norwegian": [
        "Jo Doe jobber ikke lenger her.",
        "Jeg har sluttet i selskapet.",
    ],
    "Finnish": [
        "Jo Doe ei enää työskentele meillä.",
        "Tätä postilaatikkoa ei seurata.",
    ],
    "Polish": [
        "Jo Doe już nie pracuje w firmie.",
        "Nie pracuję już w firmie.",
        "Ta skrzynka nie jest monitorowana.",
        "Ten adres nie istnieje.",
    ],
    "Czech": [
        "Jo Doe již ve firmě nepracuje.",
        "Tato schránka není monitorována.",
        "Už zde nepracuji.",
    ],
    "Slovak": [
        "Jo Doe už u nás nepracuje.",
    ],
    "Hungarian": [
        "Jo Doe már nem dolgozik nálunk.",
    ],
    "Romanian": [
        "Jo Doe nu mai lucrează în companie.",
    ],
    "Croatian": [
        "Jo Doe više ne radi u tvrtki.",
    ],
    "Slovenian": [
        "Jo Doe ne dela več pri nas.",
    ],
    "Bulgarian": [
        "Джо Доу вече не работи тук.",
    ],
    "Russian": [
        "Иван Петров больше не работает в компании.",
        "Этот адрес больше не используется.",
        "Иван уволился.",
        "Этот ящик не проверяется.",
    ],
    "Ukrainian": [
        "Іван більше не працює в компанії.",
    ],
    "Greek": [
        "Ο Jo Doe δεν εργάζεται πλέον εδώ.",
    ],
    "Turkish": [
        "Jo Doe artık şirketimizde çalışmıyor.",
        "Jo Doe şirketten ayrılmıştır.",
        "Bu posta kutusu takip edilmemektedir.",
    ],
    "Hebrew": [
        "ג'ו דו כבר לא עובד בחברה.",
    ],
    "Arabic": [
        "لم يعد جو دو يعمل في الشركة.",
        "جو دو لا يعمل هنا.",
    ],
    "Vietnamese": [
        "Jo Doe không còn làm việc tại công ty.",
    ],
    "Thai": [
        "Jo Doe ไม่ได้ทำงานที่นี่แล้ว",
    ],
    "Indonesian": [
        "Jo Doe sudah tidak bekerja di sini.",
    ],
    "Japanese": [
        "山田は3月末で退職いたしました。",
        "このメールアドレスは現在使用されておりません。",
        "このメールボックスは監視されていません。",
    ],
    "Chinese": [
        "张三已离职。",
        "他不再在本公司工作。",
        "此郵箱無人監控。",
        "该员工已离开公司。",
    ],
    "Korean": [
        "홍길동은 퇴사하였습니다.",
        "이 메일함은 더 이상 사용하지 않습니다.",
    ],
    "Estonian": [
        "Jo Doe ei tööta enam meie ettevõttes.",
    ],
    "Latvian": [
        "Jo Doe vairs nestrādā mūsu uzņēmumā.",
    ],
    "Lithuanian": [
        "Jo Doe nebedirba mūsų įmonėje.",
    ],
}

AWAY = [
    "I am out of the office until Monday, 3 May, with limited access to email.",
    "I am on leave and will reply when I return. In urgent cases write to help@example.org.",
    "Thank you for your message. I am currently travelling and can only read my mail in the evening.",
    "Ich bin bis zum 3. Mai nicht im Büro. Ihre Nachricht wird nicht weitergeleitet.",
    "Ab Montag bin ich wieder für Sie da.",
    "Je suis absent jusqu'au 3 mai. Je vous répondrai à mon retour.",
    "Estaré fuera de la oficina hasta el lunes.",
    "Estou de férias até segunda-feira.",
    "Sono in ferie fino al 3 maggio.",
    "Ik ben afwezig tot 3 mei.",
    "Jag är på semester till den 3 maj.",
    "Jeg er på ferie til den 3. maj.",
    "Olen lomalla 3.5. asti.",
    "Jestem na urlopie do 3 maja.",
    "Jsem na dovolené do 3. května.",
    "Szabadságon vagyok május 3-ig.",
    "Sunt în concediu până luni.",
    "Я в отпуске до 3 мая.",
    "Я у відпустці до 3 травня.",
    "Είμαι σε άδεια έως τις 3 Μαΐου.",
    "3 Mayıs'a kadar izindeyim.",
    "אני בחופשה עד יום ראשון.",
    "أنا في إجازة حتى يوم الأحد.",
    "Tôi đang nghỉ phép.",
    "5月3日まで休暇をいただいております。",
    "我正在休假，5月3日回来。",
    "5월 3일까지 휴가입니다.",
    "Your ticket has been received. Please do not reply to this address.",
]

REPLY = """\
Return-Path: <>
From: Jo Doe <jo@rcpt.test>
To: news@our.test
Subject: {subject}
Auto-Submitted: auto-replied
{reference}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}
"""


def reply(text: str, subject: str = "Automatic reply", reference: str = "In-Reply-To: <1@our.test>") -> bytes:
    return REPLY.format(subject=subject, text=text, reference=reference).encode()


@pytest.mark.parametrize("text", [text for texts in GONE.values() for text in texts])
def test_who_is_gone_says_so(text: str) -> None:
    assert departure(text) == text
    [report] = decode(reply(f"Hello,\n\n{text} Regards")).reports
    assert text in report.diagnostic_code
    [event] = parse(reply(text), Sender()).events
    assert (event.kind, event.reason, event.class_) == ("auto-reply", "address_moved", "")


@pytest.mark.parametrize("text", AWAY)
def test_who_is_away_is_not_gone(text: str) -> None:
    assert departure(text) == ""
    [event] = parse(reply(text), Sender()).events
    assert (event.kind, event.reason, event.diagnostic_code) == ("auto-reply", "", "")


def test_the_subject_says_so_too() -> None:
    [event] = parse(reply("Bye", "Automatic reply: I have left the company"), Sender()).events
    assert event.reason == "address_moved"


def test_of_a_long_text_one_sentence_is_shown() -> None:
    assert departure("Hello! He no longer works here\nand more. Bye.") == "He no longer works here and more."
    assert len(departure(f"He no longer works here {'x ' * 5000}")) == SENTENCE_LIMIT


@pytest.mark.parametrize(
    ("reference", "message_id"),
    [
        ("In-Reply-To: <1@our.test>", "1@our.test"),
        ("References: <0@our.test> <1@our.test>", "1@our.test"),
        ("References: <9@our.test>\nIn-Reply-To: <1@our.test>", "1@our.test"),
        ("References: <1@our.test>\nIn-Reply-To: Your message of Monday", "1@our.test"),
        ("X-None: 1", ""),
        (f"References: {'<0@our.test> ' * 1000}<1@our.test>", "1@our.test"),
    ],
)
def test_an_answer_is_about_the_message_to_which_it_refers(reference: str, message_id: str) -> None:
    [event] = parse(reply("I am away", reference=reference), Sender()).events
    assert event.original_message_id == message_id


def test_a_worker_builds_the_words_before_the_first_message() -> None:
    _departures.cache_clear()
    for report in FIRST_REPORTS:
        parse(report, Sender())
    assert _departures.cache_info().currsize == 1


@pytest.mark.parametrize("part", ["a ", "no longer ", "nicht mehr x ", "ne plus ", "não x mais ", "artık a ", "δεν a "])
def test_a_hostile_text_takes_no_time(part: str) -> None:
    start = time.process_time()
    departure(part * TEXT_LIMIT)
    assert time.process_time() - start < 5
