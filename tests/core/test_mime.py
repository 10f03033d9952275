"""Bytes to parts, words and headers: well-formed, damaged and hostile."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced import mime
from bounced.mime import charset
from bounced.mime import parts as tree
from bounced.model import Original

MULTIPART = b'Subject: x\nContent-Type: multipart/mixed; boundary="b"\n\n'


def text_of(content_type: str, body: bytes) -> str:
    return mime.read(b"Content-Type: " + content_type.encode() + b"\nContent-Transfer-Encoding: 8bit\n\n" + body).text


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_line_ends_make_no_difference(newline: bytes) -> None:
    mail = mime.read(newline.join((b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=", b" again", b"", b"one", b"two")))
    assert mail.header.get("subject") == "grüße again"
    assert mail.text == "one\ntwo"


@pytest.mark.parametrize("before", [b"From joe@example.net Mon Jun  1 10:00:00 2026\n", b">From x\n", b"\n\n", b" \n"])
def test_what_stands_before_the_header_is_dropped(before: bytes) -> None:
    assert mime.parse(before + b"Subject: x\n\nbody").header.get("Subject") == "x"


def test_headers_are_looked_up_in_any_case_and_all_of_them() -> None:
    header = mime.parse(b"Received: one\nReceived: two\nX-Raw: \xe4\n\n").header
    assert list(header.all("RECEIVED")) == ["one", "two"]
    assert header.get("x-raw") == "ä"
    assert header.get("missing") == ""


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"hello", b"\x00\xff" * 1000, bytes(range(256))])
def test_bytes_that_are_no_mail_have_no_reports_in_them(content: bytes) -> None:
    assert mime.read(content).original.headers == ()


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", b"plain", "plain"),
        ("text/plain; charset=us-ascii", "grün".encode(), "grün"),
        ("text/plain; charset=utf-8", b"gr\xfcn", "grün"),
        ("text/plain; charset=us-ascii", "пока не доставлено".encode()[:-1], "пока не доставлен\ufffd"),
        ("text/plain; charset=iso-8859-1", "grün".encode(), "grün"),
        ("text/plain; charset=gb2312", "无法投递".encode("gb18030"), "无法投递"),
        ("text/plain; charset=shift_jis", "配信".encode("cp932"), "配信"),
        ("text/plain; charset=koi8-r", "почта".encode("koi8-r"), "почта"),
        ("text/plain; charset=x-unknown", "配信".encode("iso-2022-jp"), "配信"),
        ("text/plain; charset=utf-8", b"\x1b$B\xff", "\x1b$Bÿ"),
        ("text/plain; charset=unicode_escape", b"\\x41\xe4", "\\x41ä"),
        ("text/plain; charset=iso-8859-99", b"\xe4", "ä"),
        ("text/plain; charset=gb2312", b"\xff\xff", "\ufffd\ufffd"),
        ("text/plain", "很抱歉，您的邮件被退回".encode("gb18030"), "很抱歉，您的邮件被退回"),
        ("text/plain; charset=us-ascii", "系统退信".encode("gb18030"), "系统退信"),
        ("text/plain", "このメールは配信できません".encode("cp932"), "このメールは配信できません"),
        ("text/plain", "このメールは配信できません".encode("euc_jp"), "このメールは配信できません"),
        ("text/plain; charset=iso-8859-1", "письмо не доставлено".encode("koi8-r"), "письмо не доставлено"),
        ("text/plain; charset=utf-8", "Недоставленное письмо".encode("cp1251"), "Недоставленное письмо"),
        (
            "text/plain",
            "nicht zugestellt: Empfänger über Größe".encode("cp1252"),
            "nicht zugestellt: Empfänger über Größe",
        ),
        ("text/plain", "non délivré à l’adresse".encode("cp1252"), "non délivré à l’adresse"),
    ],
)
def test_text_whatever_its_label_says(content_type: str, body: bytes, text: str) -> None:
    assert text_of(content_type, body) == text


def test_html_is_read_where_there_is_no_plain_text() -> None:
    page = b"<title>t</title><STYLE>p{}</style><p>One<b>&lt;a@b.test&gt;</b></p>two<br>three<script>x(</style>"
    assert [line.split() for line in text_of("text/html", page).split("\n")] == [
        [],
        ["One", "<a@b.test>"],
        ["two"],
        ["three"],
    ]
    mail = mime.read(
        MULTIPART + b"--b\nContent-Type: text/html\n\n<p>no</p>\n--b\nContent-Type: text/plain\n\nyes\n--b--"
    )
    assert mail.text.strip() == "yes"


def test_addresses_in_mislabelled_html_are_no_tags() -> None:
    assert "<joe@example.net>" in charset.without_markup("<joe@example.net>: unknown")


def test_nobody_looks_inside_a_returned_message() -> None:
    mail = mime.read(
        MULTIPART + b"--b\nContent-Type: text/plain\n\nouter\n--b\nContent-Type: message/rfc822\n\n"
        b"From: a@b.test\nSubject: inner\nContent-Type: text/plain\n\ninner\n--b--"
    )
    assert [part.content_type for part in mail.parts] == ["multipart/mixed", "text/plain", "message/rfc822"]
    assert mail.original.get("subject") == "inner"
    assert mail.text.strip() == "outer"
    assert "inner" not in mail.all_text()


@pytest.mark.parametrize(
    "content_type",
    ["text/rfc822-headers", "message/global-headers", "message/global", "message/rfc822", "text/rfc822"],
)
def test_header_of_the_returned_message_in_a_part(content_type: str) -> None:
    mail = mime.read(
        MULTIPART
        + b"--b\n\nfailed\n--b\nContent-Type: "
        + content_type.encode()
        + b"\n\n\nMessage-ID: <1@example.org>\n"
        b"Received: by mx.example.org\nunfolded by a gateway\nFrom: a@example.org\n\nbody\n--b--"
    )
    assert mail.original.get("Message-ID") == "<1@example.org>"
    assert mail.original.get("From") == "a@example.org"


def test_a_part_without_header_of_its_own_is_the_returned_message() -> None:
    mail = mime.read(MULTIPART + b"--b\n\nfailed\n--b\nReceived: by x\nFrom: a@example.org\n\nbody\n--b--")
    assert mail.original.get("From") == "a@example.org"


RAW = "From: a@example.org\nSubject: {}\n"


@pytest.mark.parametrize(
    ("label", "own", "subject", "charset_name"),
    [
        ("", "Content-Type: text/plain; charset=gb2312\n", "夏季目录", "gb18030"),
        ("", "Content-Type: text/plain; charset=Shift_JIS\n", "夏のカタログ", "cp932"),
        ("", "", "夏のカタログ", "iso-2022-jp"),
        ("", "", "Sommerkatalog für alle", "utf-8"),
        ("", "", "Sommerkatalog für alle", "cp1252"),
        ("; charset=koi8-r", "", "Летний каталог", "koi8-r"),
    ],
)
def test_raw_returned_headers_are_in_the_charset_of_their_label(
    label: str, own: str, subject: str, charset_name: str
) -> None:
    header = (own + RAW.format(subject)).encode(charset_name)
    part = f"--b\nContent-Type: text/rfc822-headers{label}\n\n".encode()
    assert mime.read(MULTIPART + part + header + b"\n--b--").original.get("Subject") == subject


def test_raw_headers_of_the_mail_itself_are_in_the_charset_of_its_label() -> None:
    raw = "Subject: 系统退信\nContent-Type: text/plain; charset=gbk\n\nx".encode("gb18030")
    assert mime.read(raw).header.get("Subject") == "系统退信"


def test_a_mail_that_is_nothing_but_a_message_returns_it() -> None:
    mail = mime.read(b"Subject: x\nContent-Type: message/rfc822\n\n" + RAW.format("inner").encode())
    assert (mail.header.get("Subject"), mail.original.get("Subject")) == ("x", "inner")


@pytest.mark.parametrize(("name", "subject"), [("x.EML", "inner"), ("x.bin", "")])
def test_an_attached_file_may_be_the_returned_message(name: str, subject: str) -> None:
    part = f'--b\nContent-Type: application/octet-stream; name="{name}"\n\n'.encode()
    assert mime.read(MULTIPART + part + RAW.format("inner").encode() + b"\n--b--").original.get("Subject") == subject


def test_json_is_text_and_other_applications_are_not() -> None:
    for kind, body in (("json", b"{}"), ("pdf", b"")):
        assert mime.read(f"Content-Type: application/{kind}\n\n{{}}".encode()).root.body == body


def test_an_empty_returned_message_has_no_header() -> None:
    mail = mime.read(MULTIPART + b"--b\n\nfailed\n--b\nContent-Type: message/rfc822\n\n--b--")
    assert mail.original.headers == ()


HEADER = (
    "Received: by mx.example.org\nFrom: a@example.org\nTo: b@example.net\nSubject: x\nMessage-ID: <1@example.org>\n"
)


@pytest.mark.parametrize(
    ("report", "quoted"),
    [
        ("User unknown\n\n--- Below this line is a copy of the message.\n\n", HEADER),
        ("User unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n", HEADER),
        ("User unknown\n\n----- Original message -----\n\n", "Message-ID: <1@example.org>\n\nbody"),
        ("User unknown\n\n   ----- Message header follows -----\n", HEADER + "\nbody"),
        ("User unknown\n\n", HEADER),
        ("User unknown\n\nOriginal message:\n", "> " + HEADER.strip().replace("\n", "\n> ")),
        ("User unknown\n\nOriginal message:\n", "Received: by x\n\tid 7\nstray line\n" + HEADER),
    ],
)
def test_returned_header_as_plain_text(report: str, quoted: str) -> None:
    mail = mime.read(("Subject: failure\n\n" + report + quoted).encode())
    assert mail.original.get("message-id") == "<1@example.org>"
    assert mail.text.startswith("User unknown")
    assert "example.org" not in mail.text


@pytest.mark.parametrize(
    "text",
    [
        "The original message was received at noon\n\nTo: b@example.net\nSubject: x\n",
        "Your message\n\nTo: b@example.net\nSubject: x\nDate: now\nFrom: a@example.org\n",
        "See http://example.org/\nName: value\n",
        "An original message " + "that is announced in a very long line " * 10 + "\nMessage-ID: <1@example.org>\n",
    ],
)
def test_summaries_for_people_are_no_returned_header(text: str) -> None:
    mail = mime.read(b"Subject: failure\n\n" + text.encode())
    assert mail.original.headers == ()
    assert mail.text == text


def test_lost_boundary_leaves_the_text() -> None:
    mail = mime.read(MULTIPART + b"--other\nContent-Type: text/plain\n\nUser unknown\n--other--")
    assert "User unknown" in mail.text


def test_broken_base64_of_a_text_part_is_read_as_far_as_it_goes() -> None:
    status = (
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.test\n"
    )
    feedback = b"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
    returned = b"--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nbody\n"
    broken = b"--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8gd29ybGQ=!=a\n--b--"
    mail = mime.read(MULTIPART + status + feedback + returned + b"--b\nContent-Type: image/png\n\nx\n" + broken)
    by_type = {part.content_type: part for part in mail.parts}
    assert "Final-Recipient: rfc822; a@b.test" in by_type["message/delivery-status"].text
    assert by_type["message/feedback-report"].text == "Feedback-Type: abuse\n"
    assert by_type["text/plain"].text.startswith("hello world")
    assert by_type["image/png"].body == b""
    assert mail.original.get("Subject") == "inner"


def test_attachments_are_not_decoded() -> None:
    mail = mime.read(
        MULTIPART + b"--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n!!!\n--b\n\nwords\n--b--"
    )
    assert mail.text.strip() == "words"


def nested(depth: int) -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=n%05d\n\n--n%05d\n" % (n, n) for n in range(depth))


def test_depth_is_limited() -> None:
    parts = mime.read(MULTIPART + b"--b\n\nwords\n--b\n" + nested(100)).parts
    assert [part.content_type for part in parts].count("multipart/mixed") == tree.DEPTH_LIMIT + 1


def test_nesting_without_end_is_unreadable() -> None:
    with pytest.raises(mime.Unreadable, match="not readable as MIME"):
        mime.read(nested(10_000))


def test_nesting_without_end_is_unreadable_for_the_net_too() -> None:
    broken = b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n=\n"
    with pytest.raises(mime.Unreadable, match="nested too deeply"):
        tree._by_email(nested(10_000) + broken)  # reached only where the Rust parser has another limit


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(MULTIPART + b"--b\n\nx\n" * 100_000, id="100,000 parts"),
        pytest.param(b"".join(b"H%d: x\n" % n for n in range(200_000)), id="200,000 headers"),
        pytest.param(b"Subject: " + b"=?utf-8?q?a?=\n " * 20_000 + b"\n\n", id="20,000 encoded words"),
        pytest.param(b"Subject: " + b"a" * 100_000_000, id="100 MB header"),
        pytest.param(b"Subject: x\n\n" + b"Message-ID: x\n\n" * 20_000, id="headers all over"),
        pytest.param(b"Subject: x\n\n" + b"original message\n" * 20_000, id="announcements"),
        pytest.param(b"Content-Type: text/html\n\n" + b"<style><a " * 30_000, id="unclosed tags"),
    ],
)
def test_hostile_mails_are_bounded(content: bytes) -> None:
    started = time.perf_counter()
    mail = mime.read(content)
    assert time.perf_counter() - started < 5
    assert len(mail.content) <= tree.CONTENT_LIMIT
    assert len(mail.parts) <= tree.PARTS_LIMIT + 1
    assert len(mail.header.headers) <= tree.HEADERS_LIMIT
    assert all(len(value) <= tree.VALUE_LIMIT for _, value in mail.header.headers)
    assert len(mail.text) <= tree.CONTENT_LIMIT


@pytest.mark.parametrize(("words", "decoded"), [(1000, "a" * 1000), (20_000, "?utf-8?q?a?=")])
def test_a_header_of_too_many_encoded_words_is_left_as_it_is(words: int, decoded: str) -> None:
    """The time that they take grows with the square of their number; email.policy.default takes 9 s and 2.7 GB."""
    subject = mime.read(b"Subject:" + b" =?utf-8?q?a?=\n" * words + b"\nx").header.get("Subject")
    assert subject[: len(decoded)] == decoded


def test_some_fields_of_a_header_are_read_without_the_rest() -> None:
    content = b"\nReceived: from a\n\tby b; now\nX: y\nRECEIVED: from c\n\nReceived: body\n"
    assert mime.header_of(content, b"received").headers == (("received", "from a by b; now"), ("received", "from c"))
    assert mime.header_of(b"", b"received").headers == ()


def test_a_block_that_is_no_header_has_none() -> None:
    assert mime.parse_headers(b"").headers == ()
    assert mime.parse_headers(b"just words\n\nSubject: late").headers == ()
    assert mime.parse_headers(b"just words\n folded\nSubject: late").headers == ()


TEXT = """Delivery reports:

<first@example.net>: host mx1.example.net said:
    552 Mailbox full

second@example.net

  It was greylisted.

Contact third@example.net for help.
"""


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("first@example.net", "<first@example.net>: host mx1.example.net said: 552 Mailbox full"),
        ("SECOND@example.net", "second@example.net It was greylisted."),
        ("third@example.net", "Contact third@example.net for help."),
        ("fourth@example.net", ""),
        ("", ""),
    ],
)
def test_words_about_an_address(address: str, words: str) -> None:
    assert mime.Words(TEXT).about(address) == words


def test_nothing_is_said_about_a_lonely_address() -> None:
    assert mime.Words("<joe@example.net>:\n").about("joe@example.net") == ""


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        (["it failed", "said: 550 no", "5.1.1"], "said: 550 no"),
        (["", "it failed", "later"], "it failed"),
        (["x", ""], ""),
        ([], ""),
    ],
)
def test_the_words_that_quote_a_reply_tell_more(candidates: list[str], chosen: str) -> None:
    assert mime.telling(candidates) == chosen


@pytest.mark.parametrize(
    ("subject", "is_success"),
    [
        ("Delivered: Summer catalogue", True),
        ("Delivery Status Notification (Success)", True),
        ("Successful Mail Delivery Report", True),
        ("Übermittelt: Sommerkatalog", True),
        ("已送达: 夏季目录", True),
        ("Delivery Status Notification (Failure)", False),
        ("What we delivered: a summary", False),
    ],
)
def test_subjects_of_success(subject: str, is_success: bool) -> None:
    assert mime.Signs(Original.of((("Subject", subject),))).tells_of_success is is_success


def test_words_below_addresses_without_empty_lines() -> None:
    text = "failed:\n  a@example.net\n    550 no\n  <B@example.net>: full\n\n    retry\n"
    assert mime.below(text, ["a@example.net", "b@example.net", "c@example.net"]) == {
        "a@example.net": "550 no",
        "b@example.net": "full retry",
    }


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_unreadable(content: bytes) -> None:
    try:
        assert mime.read(content).root.content_type == mime.parse(content).content_type
    except mime.Unreadable as error:
        assert "\n" not in str(error)


def test_text_that_was_encoded_with_crlf_has_lf() -> None:
    body = b64encode("Größe\r\nund\rmehr".encode())
    mail = mime.read(b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + body)
    assert mail.text == "Größe\nund\nmehr"


@pytest.mark.parametrize("digits", [8, 4300, 4301, 100_000])
@pytest.mark.parametrize("end", ["", ";"])
def test_a_character_reference_of_any_length_is_read(digits: int, end: str) -> None:
    """Python does not make a number of over 4300 digits (G11)."""
    text = charset.without_markup(f"<p>user unknown &#{'7' * digits}{end} &#x{'f' * digits}{end}</p>")
    assert text.split()[:2] == ["user", "unknown"]


#: One short sentence of a bounce, as a server without a label writes it.
UNLABELED = (
    ("cp1252", "Le destinataire n'existe pas, boîte aux lettres désactivée"),
    ("cp1250", "Nie można dostarczyć wiadomości, skrzynka przepełniona, użytkownik nieznany"),
    ("iso-8859-2", "Zpráva nemohla být doručena, schránka příjemce je plná"),
    ("cp1251", "Сообщение не доставлено: пользователь не найден"),
    ("koi8-r", "Сообщение не доставлено: пользователь не найден"),
    ("cp1253", "Το μήνυμα δεν παραδόθηκε, άγνωστος παραλήπτης"),
    ("cp1254", "Posta kutusu bulunamadı, kullanıcı şu anda geçersiz ğ"),
    ("cp1255", "ההודעה לא נמסרה, תיבת הדואר מלאה"),
    ("cp1256", "لم يتم تسليم الرسالة صندوق البريد ممتلئ"),
    ("gb18030", "邮件无法投递,收件人邮箱不存在"),
    ("big5", "郵件無法投遞,收件人信箱不存在"),
    ("euc_jp", "メールは配信されませんでした。宛先が見つかりません"),
    ("euc_kr", "메일을 전달할 수 없습니다. 사용자를 찾을 수 없습니다"),
    ("cp874", "ไม่สามารถส่งข้อความได้ กล่องจดหมายเต็ม"),
)


@pytest.mark.parametrize(("name", "text"), UNLABELED)
@pytest.mark.parametrize("times", [1, 40])
def test_text_without_a_label_is_read(name: str, text: str, times: int) -> None:
    assert charset.decode((text * times).encode(name), "text/plain") == text * times


@pytest.mark.parametrize("body", [bytes(range(128, 256)) * 2000, b"\x80" * 256_000, b"\xa1\xa2\x81a\n" * 50_000])
def test_what_is_no_text_takes_bounded_time(body: bytes) -> None:
    charset.decode(body, "text/plain")  # reads the models
    started = time.process_time()
    charset.decode(body, "text/plain")
    assert time.process_time() - started < 0.5  # 1 to 5 ms were seen


def test_a_feedback_id_is_unfolded_without_blanks() -> None:
    assert mime.parse(b"CFBL-Feedback-ID: 3789e1\n\t63f9e6 a\n\n").header.get("CFBL-Feedback-ID") == "3789e163f9e6a"


def test_a_nul_in_the_name_of_a_charset_is_no_reason_to_raise() -> None:
    """Found by fuzzing; only what the Rust parser refuses gets as far as ``email``."""
    kinds = b'Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: text/plain; charset="x\0y"\n'
    mail = kinds + b"Content-Transfer-Encoding: base64\n\nm\xfcller=\n--b--\n"
    assert [part.content_type for part in tree.tree(mail).children] == ["text/plain"]
