"""How mail servers announce failures and delays in languages other than English: one row per language.

Collected from the localized forms of Exchange 2000 to 365, IIS, Domino, hMailServer and Postfix bounce templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """Regular expressions, case-insensitive, searched anywhere in a line."""

    subjects: str  # of a message that reports a failed delivery
    announcements: str  # a line that names failed recipients, or announces the ones that follow
    delays: str  # in the subject or text of a message about mail still being tried


LANGUAGES: Mapping[str, Language] = {
    "German": Language(
        r"unzustellbar|zustellung nicht möglich|nicht (?:zu(?:ge)?stell|ausgeliefert|übermittelt)|"
        r"zustell(?:fehl|status|bericht)|"
        r"zustellungsfehler|"
        r"(?:zustellung|übermittlung) .{0,40}(?:fehlgeschlagen|nicht möglich)|übermittlungsstatus|"
        r"fehler bei der zustell",
        r"folgenden?(?:\(r\))? (?:e-?mail-?)?(?:empfänger|adress)|nicht (?:zugestellt|ausgeliefert) werden|"
        r"nicht zustellbar|"
        r"empfänger .{0,30}nicht erreicht|(?:zustellung|übermittlung) .{0,80}fehlgeschlagen",
        r"zustellung verzögert|verzögerte (?:zu|aus)|(?:ist|sind|wird|werden) verzögert|verzögert sich|"
        r"(?:noch|bisher|bislang) nicht (?:zugestellt|ausgeliefert|übermittelt)|weiter(?:hin)? versucht|"
        r"versucht weiter|"
        r"dies ist nur eine warnung|vorübergehend nicht|zustellversuche (?:folgen|werden)|wird wiederholt",
    ),
    "French": Language(
        r"non[ -]?(?:remis|livr)|impossible de|(?:échec|echec) de (?:la )?(?:remise|distribution)|"
        r"état de (?:la )?remise|erreur de (?:distribution|remise|livraison)|est revenu",
        r"n['’](?:a|ont) pas (?:pu [eê]tre|été) (?:remis|distribu|livr|d[eé]livr|transmis)|"
        r"(?:remise|livraison) (?:à|aux) .{0,60}(?:différée|retardée)|"
        r"(?:destinataires?|adresses?)(?:\(s\))?\b.{0,60}\bsuivant|(?:échec|echec) de (?:la )?(?:remise|distribution)",
        r"retardée?\b|remise différée|est différée|pas encore (?:été|pu être) (?:remis|distribu|livr|délivr)|"
        r"continuera (?:à|d['’])|avertissement seulement|simple avertissement|nouvelles? tentatives?",
    ),
    "Spanish": Language(
        r"no entregad|error al enviar|no se (?:puede|pudo|ha podido) entregar|devuelto|error (?:de|en la) entrega|"
        r"estado de (?:la )?entrega",
        r"no se (?:pudo|ha podido|puede|ha) (?:entreg|enviar)|siguientes? (?:destinatari|direcci)",
        r"retrasad[oa]\b|demorad[oa]\b|(?:aún|todavía) no se ha (?:entregado|podido)|seguirá (?:intentando|tratando)|"
        r"sólo es una advertencia|solo una advertencia|se volverá a intentar|está en cola",
    ),
    "Portuguese": Language(
        r"não (?:foi )?entregue|não é possível entregar|falha na entrega|status d[ae] entrega|devolvid[ao]",
        r"não (?:foi|pôde|pode) (?:possível )?(?:ser )?(?:entreg|contat)|(?:seguinte(?:s|\(s\))?|estes) destinat|"
        r"falha na entrega",
        r"entrega (?:adiada|atrasada|retardada)|está atrasada|ainda não foi entregue|"
        r"continuará (?:tentando|a tentar)|apenas um aviso",
    ),
    "Italian": Language(
        r"non (?:consegnat|recapitat|recapitabil)|mancat[oa] (?:recapito|consegna)|recapito|errore di consegna",
        r"non (?:è stato|può essere|è stato possibile) (?:recapit|consegn)|seguent[ei] destinatari|"
        r"impossibile (?:recapitare|consegnare|raggiungere)",
        r"ritardat[oa]\b|è in ritardo|non (?:è stato ancora|è ancora stato) (?:recapit|consegn)|"
        r"continuerà a (?:tentare|provare)|solo un avviso",
    ),
    "Dutch": Language(
        r"niet (?:bezorgd|bezorgbaar|afgeleverd)|onbestelba|bezorgingsstatus|bezorging .{0,40}mislukt",
        r"volgende (?:geadresseerde|ontvanger|e-?mailadres|adres)|"
        r"niet (?:worden |kunnen worden )?(?:bezorgd|afgeleverd)|"
        r"bezorging .{0,80}mislukt",
        r"vertraagd\b|nog niet (?:bezorgd|afgeleverd)|blijft? proberen|slechts een waarschuwing",
    ),
    "Polish": Language(
        r"niedostarczon|nie (?:można |udało się )?dostarcz|niepowodzenie|stanie dostarczenia|zwrot wiadomości",
        r"następujących (?:adresat|odbiorc|adres)|"
        r"nie (?:można|mogła|została|udało się) (?:być )?(?:dostarcz|doręcz|skontakt)",
        r"opóźni|nie została jeszcze (?:dostarcz|doręcz)|kontynuować próby|próby będą ponawiane|tylko ostrzeżenie",
    ),
    "Russian": Language(
        r"недоставл|не доставл|не уда(?:лось|ется|ётся) (?:доставить|отправить)|сбой доставки|состоянии доставки|"
        r"(?:письмо|сообщение) (?:было )?возвращено",
        r"не (?:может быть|удалось|была?|было) (?:доставл|доставить)|сообщение не доставлено|сбой доставки|"
        r"следующи(?:м|ми|х|е) (?:получател|адрес|пользовател)",
        r"задерж(?:ан|к|ив)|доставка .{0,60}отложена|(?:еще|ещё|пока) не (?:было )?доставлено|"
        r"(?:продолжит|будет продолжать|продолжает) (?:попытк|пытаться)|попытки доставки будут|только предупреждение",
    ),
    "Czech": Language(
        r"nedoručiteln|nelze doručit|nedoručen|selhání doručení",
        r"následujícím? (?:příjemc|adres)|(?:nelze|nebylo možné|nepodařilo se) doručit|nemohla být doručena",
        r"zpožděn|dosud nebyla doručena|bude se (?:dále )?pokoušet",
    ),
    "Scandinavian": Language(
        r"kan (?:ej|inte|ikke) lever|går inte att leverera|ikke leverbar|kunne ikke lever|leveransstatus|leveringsfejl",
        r"(?:följande|følgende) (?:mottagare|modtagere?|mottakere?|adress)|(?:kunde inte|kunne ikke) (?:lever|nås)|"
        r"nådde inte|nåede ikke|nådde ikke",
        r"försenad|forsinket|ännu inte (?:levererats|kunnat)|endnu ikke leveret|ennå ikke levert|"
        r"fortsätter att försöka",
    ),
    "Finnish": Language(
        r"ei voi(?:tu|da)? toimittaa|toimittaminen (?:ei onnistu|epäonnistui)",
        r"seuraaville vastaanottajille|ei voi(?:tu|da)? toimittaa",
        r"toimitus viivästy|ei ole vielä toimitettu",
    ),
    "Turkish": Language(
        r"teslim edilemedi|iletilemedi|teslim edilemeyen",
        r"(?:aşağıdaki|şu) alıcı|teslim edilemedi|iletilemedi",
        r"teslim(?:at)? gecik|henüz teslim edilmedi",
    ),
    "Hungarian": Language(
        r"kézbesíthetetlen|kézbesítési hiba|nem kézbesíthető",
        r"következő címzett|nem (?:sikerült|lehet) kézbesíteni",
        r"kézbesítés késik|késleltetett|még nem (?:lett|sikerült) kézbesít",
    ),
    "Japanese": Language(
        r"配信|配達|配送|不達|送達|送信(?:エラー|失敗|できません)|エラーメール|メールエラー",
        r"(?:以下|次)の(?:受信者|宛先|あて先|アドレス|メールアドレス|配布)|届きません|"
        r"(?:配信|送信|配送|配達|送達)(?:(?:でき|され)ません|に失敗)",
        r"遅延|遅れて|まだ(?:配信|配送|送信|配達)されて(?:い)?ません|引き続き.{0,20}(?:配信|配送|送信|再送)",
    ),
    "Chinese": Language(
        r"退信|(?:无法|未能|未)(?:投递|送达|传递|发送)|(?:無法|未能|未)(?:投遞|送達|傳遞|傳送|寄達)|"
        r"(?:投递|发送|传递|送达)(?:失败|状态)|(?:投遞|傳送|傳遞|寄送)(?:失敗|狀態)|系统退信|退回",
        r"(?:以下|下列)(?:收件人|收件者|地址|邮箱|郵箱|用户)|无法(?:将|发送|投递|送达|传递)|無法(?:將|寄達|投遞|傳送|傳遞)|"
        r"(?:发送|传递|投递|送达)失败|(?:傳送|傳遞|投遞|寄送)失敗|被退回",
        r"延迟|延遲|尚未(?:传递|傳遞|送达|送達|投递|投遞|发送|傳送)|(?:继续|繼續)(?:尝试|嘗試)|稍后.{0,6}重试",
    ),
    "Korean": Language(
        r"배달(?:되지| 실패|할 수 없)|전송 실패|발송 실패|반송",
        r"다음 (?:받는 사람|수신자|주소)|(?:배달|전달|전송|발송)(?:하지 못|할 수 없|되지 (?:못|않))",
        r"지연|아직 (?:배달|전달|전송)되지",
    ),
}
