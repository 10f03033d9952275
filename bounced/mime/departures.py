"""What people have their mailbox answer when nobody reads it any more: they have left, or the address has.

Such an answer comes from a mailbox, and tells of nobody in it. Words of holidays are none of these: "back on Monday".
In the languages of the other tables; each row is a language, regular expressions that are searched in a text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

#: Characters of a text that are looked at, and of what is found.
TEXT_LIMIT = 20_000
SENTENCE_LIMIT = 200

#: Some words between others.
_W = r"(?:\S{1,30}\s){0,6}?"

_WORDS = (
    # English
    rf"\b(?:no longer|not any ?more|doesn.?t|does not)\s{_W}(?:work(?:s|ing)?\b|employed|with\b"
    rf"|at\s"
    r"|part of|a member|in use\b|used\b|active|valid|monitored|checked|read\b|exists?\b|available at|reachable at)",
    rf"\b(?:has|have|had|'ve|'s)\s(?:now\s|since\s|recently\s)?left\s{_W}(?:company|organi[sz]ation|firm|employ"
    rf"|business)",
    r"\bleft (?:the|our) (?:company|organi[sz]ation|firm|business)\b|\bis (?:now )?retired\b"
    r"|\bha(?:s|ve) (?:since |now )?retired\b",
    r"\b(?:my|our) last (?:working )?day (?:was|is)\b",
    rf"\b(?:mailbox|inbox|address|account)\s{_W}(?:not|isn.?t|un)\s?(?:being\s)?(?:actively\s|regularly\s)?"
    r"(?:monitored|checked|attended|manned|in use|active|valid)",
    rf"\b(?:mailbox|inbox|address|account)\s{_W}(?:closed|deactivated|disabled|discontinued|decommissioned|retired"
    r"|abandoned|changed|moved)\b",
    r"\bnew e-?mail address\b|\be-?mail address has changed\b|\bunmonitored (?:mailbox|inbox|address)",
    r"\b(?:passed away|deceased)\b",
    # German
    rf"\bnicht (?:mehr|länger)\s{_W}(?:tätig|beschäftigt|angestellt|arbeite|im unternehmen|bei uns|im haus|unter dieser"
    r"|verwendet|genutzt|gültig|aktiv|gelesen|bearbeitet|abgerufen|betreut|existier|vorhanden|erreichbar unter)",
    r"\b(?:existier|arbeite|gilt|funktionier)\S{0,3}\s(?:\S{1,30}\s){0,3}?nicht (?:mehr|länger)\b",
    r"\b(?:unternehmen|firma|haus|organisation|betrieb) verlassen\b|\bausgeschieden\b|\bim ruhestand\b",
    rf"\b(?:postfach|adresse|konto|mailbox)\s{_W}(?:nicht (?:überwacht|gelesen|aktiv)|stillgelegt|deaktiviert|gelöscht"
    r"|geändert|abgeschaltet|geschlossen)|\bneue (?:e-?mail-?)?adresse\b|\bverstorben\b",
    # French
    rf"\b(?:ne|n['’])\s?{_W}plus\s{_W}(?:travaill|partie|employ|salari|utilis|consult|actif|active|relev|lu\b|lue\b"
    r"|valide|surveill|attribu|en service|dans (?:l|la|notre))",
    r"\bn['’](?:est|existe|utilise|occupe|exerce)\s?plus\b|\ba quitt[ée]\s(?:l|la|notre|ses|sa|son)"
    r"|\bj['’]ai quitt[ée]|\b(?:à|a) la retraite\b|\bboîte\s.{0,40}n['’]est pas (?:consult|surveill|relev)"
    r"|\bnouvelle adresse\b|\bd[ée]c[ée]d[ée]",
    # Spanish
    rf"\bya no\s{_W}(?:trabaj|labor|form[oa]|pertene|est[áa]|existe|se (?:utiliza|usa|revisa|lee)|es (?:v[áa]lid"
    rf"|atendid))"
    r"|\bha dejado (?:de trabajar|la empresa|la compañ)|\bno (?:es|está siendo|está) (?:monitoread|supervisad|atendid)"
    r"|\bnueva direcci[óo]n\b|\bjubilad|\bfallecid",
    # Portuguese
    rf"\bj[áa] não\s{_W}(?:trabalh|faz parte|integra|exist|est[áa]|é (?:utiliz|us|lid))|\bnão\s{_W}mais\s"
    rf"{_W}(?:parte|nesta|na\b|empresa|utilizad|usad|ativ)|\bnão (?:trabalh|faz|pertence|existe"
    rf"|integra)\S{{0,5}}\s{_W}mais\b"
    r"|\bdeixou a (?:empresa|companhia)|\bnão é (?:monitorad|monitorizad|lid)|\bnovo endereço\b|\baposentad|\bfaleceu",
    # Italian
    rf"\bnon\s{_W}(?:più)\s{_W}(?:lavor|parte|presso|attiv|utilizzat|valid|in uso|presidiat|monitorat|letta|dipendente)"
    rf"|\bnon (?:lavora|collabora|fa|esiste|è)\s?{_W}più\b|\bha lasciato (?:l|la)|\bnon è (?:presidiat|monitorat)"
    r"|\bnuovo indirizzo\b|\bin pensione\b|\bdecedut",
    # Dutch
    rf"\bniet (?:meer|langer)\s{_W}(?:werkzaam|in dienst|werk|actief|gebruik|gelezen|bereikbaar op|geldig|beheerd|bij)"
    rf"|\bniet meer\b|\bwerkt\s{_W}niet meer|\buit dienst\b|\bheeft\s{_W}verlaten\b|\bwordt niet (?:gelezen"
    rf"|gemonitord|beheerd)"
    r"|\bnieuwe? (?:e-?mail)?adres\b|\bmet pensioen\b|\boverleden\b",
    # Swedish, Danish, Norwegian
    rf"\b(?:inte|ikke)\s(?:längre|laengere|længere|lenger)\b|\bikke\s{_W}(?:mer|mere)\b|\bhar (?:slutat|sluttet"
    rf"|fratrådt)\b"
    r"|\bslutat (?:på|hos|sin)|\b(?:bevakas|overvåkes|overvåges|läses|leses|læses) (?:inte|ikke)\b"
    r"|\bny (?:e-?post|mail)-?adress?e?\b|\bpensionerad\b|\bgått i pension\b|\bavliden\b",
    # Finnish, Estonian, Latvian, Lithuanian
    r"\bei (?:enää|ole enää)\b|\ben (?:enää|ole enää)\b|\bei (?:seurata|lueta)\b|\bläht(?:enyt|i) (?:yrityksestä"
    r"|yhtiöstä)"
    r"|\b(?:ei|enam) (?:tööta|töötab)\b|\bvairs ne|\bnebe?dirb|\bnebe",
    # Polish, Czech, Slovak
    r"\b(?:już nie|nie)\s(?:pracuj|jest już|jest pracownik|jest monitorowan|jest (?:używan|aktywn)|istnieje)|\bnie\s"
    rf"{_W}już\s|\bzakończył\S{{0,3}} (?:pracę|współpracę)|\bnowy adres\b|\bna emerytur"
    r"|\buž\s(?:\S{1,30}\s){0,3}?(?:ne|nie)\S{0,12}|\bnení\s(?:již|už|monitorov|aktivní)"
    r"|\bjiž\s(?:\S{1,30}\s){0,3}?ne\S"
    r"|\bnov[áa] (?:e-?mailov[áa] )?adres",
    # Hungarian, Romanian
    r"\bmár nem\b|\bnem (?:dolgozik|dolgozom)\s?(?:már|itt|nálunk)|\btávoz(?:ott|tam)\b|\bmegszűnt\b"
    r"|\búj (?:e-?mail )?cím"
    rf"|\bnu mai\s{_W}(?:lucr|face|este|exist|fac\b)|\ba părăsit (?:compania|firma)|\badres\S{{1,6}} nouă\b",
    # Croatian, Serbian, Slovenian, Bulgarian
    r"\bviše ne\b|\bviše nije\b|\bveč ne\b|\bni več\b|\bne\s(?:\S{1,30}\s){0,3}?več\b"
    r"|\bnov[ai] (?:e-?mail )?(?:adresa|naslov)"
    r"|\bвече не\b|\bнапусна(?:л)?\b|\bвише (?:не|није)\b",
    # Russian, Ukrainian
    r"\b(?:больше|более|уже)\s(?:\S{1,30}\s){0,3}?не\s|\bне\s(?:\S{1,30}\s){0,3}?(?:больше|более)\b|\bуволил(?:ся"
    r"|ась)\b"
    r"|\bпокинул[аи]?\s|\bновый (?:адрес|e-?mail)|\b(?:більше|вже)\s(?:\S{1,30}\s){0,3}?не\s|\bзвільнив(?:ся)?\b"
    r"|\bнова адреса\b"
    r"|\bне (?:обслуживается|проверяется|читается|просматривается)\b",
    # Greek, Turkish
    r"\bδεν\s(?:\S{1,30}\s){0,3}?(?:πλέον|πια)\b|\bπλέον\s(?:\S{1,30}\s){0,3}?δεν\b|\bαποχώρησ|\bνέα διεύθυνση\b"
    r"|\bartık\s(?:\S{1,30}\s){0,6}?\S{0,20}(?:mıyor|miyor|muyor|müyor|mamakta|memekte|değil)|\bayrıl(?:mıştır|dı"
    r"|dım)\b"
    r"|\b(?:takip|kontrol) edilmemekte|\byeni (?:e-?posta )?adresi\b|\bemekli\b",
    # Hebrew, Arabic, Persian
    r"כבר (?:לא|אינו|אינה|איננ)|(?:לא|אינו|אינה) (?:עובד|מועסק|נמצא)|אינ[הו] (?:מנוטר|פעיל|נבדק)|עזב(?:ה|תי)? את"
    r"|لم (?:يعد|تعد|أعد)|لا (?:يعمل|تعمل|أعمل)|غادر|ترك(?:ت)? (?:العمل|الشركة)|غير (?:مراقب|مستخدم)|عنوان جديد"
    r"|دیگر (?:در|اینجا|با)",
    # Vietnamese, Thai, Indonesian, Hindi
    r"không còn|đã nghỉ việc|đã thôi việc|địa chỉ (?:email )?mới|ไม่ได้(?:ทำงาน|ใช้งาน)|ลาออก|พ้นสภาพ"
    r"|ไม่มีการ(?:ตรวจสอบ|ใช้งาน)"
    r"|\bsudah tidak\b|\btidak lagi\b|अब\s.{0,60}नहीं",
    # Japanese, Chinese, Korean
    r"退職|退社|離職|異動(?:し|と)|在籍(?:して)?(?:い|お)(?:ません|りません|ない)|使用(?:して|されて)(?:い|お)(?:ません|りません)"
    r"|(?:確認|監視|閲覧)(?:して|されて)(?:い|お)(?:ません|りません)|アドレスが?変更|新しい(?:メール)?アドレス|逝去"
    r"|离职|離職|不再|已离开|已離開|退休|无人(?:监控|查看|看管)|無人(?:監控|查看)|停用|新(?:的)?(?:邮箱|郵箱|电子邮件地址)"
    r"|퇴사|퇴직|더 이상|그만두|확인하지 않|사용하지 않|모니터링되지|주소가 변경",
)
_ENDS = re.compile(r"[.!?。！？\n]")


def departure(text: str) -> str:
    """The sentence in ``text`` that says that the person or the address is gone, on one line; ``""`` if none does."""
    plain = " ".join(unicodedata.normalize("NFC", text[:TEXT_LIMIT]).replace("\u2019", "'").split())
    if not (words := _departures().search(plain)):
        return ""
    begin = max((end.end() for end in _ENDS.finditer(plain, 0, words.start())), default=0)
    end = _ENDS.search(plain, words.end())
    return plain[begin : end.end() if end else len(plain)].strip()[:SENTENCE_LIMIT]


@cache
def _departures() -> re.Pattern[str]:
    """All of the words. Built when they are first looked for, which takes 50 ms."""
    return re.compile("|".join(f"(?:{words})" for words in _WORDS), re.IGNORECASE)
