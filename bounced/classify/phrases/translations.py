"""The same in other languages, as localised mail systems write it."""

from __future__ import annotations

from bounced.classify.phrases.phrase import rows

LANGUAGES = (
    *rows(
        "user_unknown",
        """
        @ existiert nicht
        @ wurde nicht gefunden
        @ n'existe pas
        @ est introuvable
        @ no existe
        @ nao existe
        @ non esiste
        @ bestaat niet
        @ nie istnieje
        @ не существует
        @ не наиден
        @ は存在しません
        @ は見つかりません
        @ 不存在
        empfaenger unbekannt
        empfanger unbekannt
        empfanger ist unbekannt
        사용자를 찾을 수 없
        користувача не знаидено
        nincs ilyen felhasznalo
        查無此人
        kullanici bulunamadi
        empfanger wurde nicht gefunden
        empfangeradresse wurde
        benutzer existiert nicht
        kein postfach unter diesem namen
        in der organisation nicht vorhanden
        nicht im domino verzeichnis
        adresse unbekannt
        adresse wurde nicht gefunden
        email adresse konnte nicht gefunden
        die von ihnen eingegebene email adresse konnte
        postfach existiert nicht
        utilisateur inconnu
        destinataire inconnu
        destinataire invalide
        destinataire n'existe pas
        compte de messagerie n'existe pas
        ne figure pas dans l'annuaire domino
        n'existe pas de boite
        adresse inconnue
        adresse introuvable
        boite aux lettres introuvable
        boite aux lettres inconnue
        adresse email que vous avez entree est introuvable
        usuario desconocido
        usuario no existe
        cuenta de correo electronico no existe
        no existe un buzon
        no figura en el directorio de domino
        destinatario desconocido
        direccion no encontrada
        no se encontro la direccion
        no se pudo encontrar la direccion
        buzon no existe
        usuario desconhecido
        usuario nao existe
        conta de email nao existe
        usuario inexistente
        destinatario desconhecido
        endereco nao encontrado
        utente sconosciuto
        destinatario sconosciuto
        casella inesistente
        account di posta elettronica non esiste
        non elencato nella directory domino
        casella di posta non esiste
        indirizzo non trovato
        indirizzo inesistente
        utente non trovato
        onbekende gebruiker
        gebruiker onbekend
        emailaccount bestaat niet
        opgegeven emailadres is niet gevonden
        adres niet gevonden
        nieznany uzytkownik
        uzytkownik nieznany
        uzytkownik nie istnieje
        nie ma takiego uzytkownika
        konto nie istnieje
        konto email nie istnieje
        odnalezc wprowadzonego adresu
        nie znaleziono adresu
        пользователь не наиден
        пользователь не существует
        неизвестныи пользователь
        адрес не наиден
        адресат не наиден
        почтовыи ящик не существует
        такого пользователя нет
        учетная запись электроннои почты не существует
        адрес электроннои почты не наиден
        несуществующии
        neznamy uzivatel
        uzivatel neexistuje
        okand anvandare
        anvandaren finns inte
        あて先不明
        宛先不明
        宛先が見つかりません
        該当するユーザ
        ユーザーが存在しません
        送信先の組織に存在しません
        メール アドレスは見つかりません
        ユーザが存在しません
        メールアドレスが見つかりません
        アドレスが見つかりませんでした
        ディレクトリのリストにありません
        收件人不存在
        收件地址不存在
        用户不存在
        组织中不存在
        找不到输入的电子邮件地址
        邮箱不存在
        邮箱地址不存在
        帐号不存在
        账号不存在
        找不到收件人
        找不到用户
        존재하지 않는
        수신자를 찾을 수 없
        """,
    ),
    *rows(
        "mailbox_full",
        """
        postfach voll
        postfach des empfangers ist voll
        speicherplatz uberschritten
        boite aux lettres pleine
        boite pleine
        quota depasse
        espacio insuficiente
        buzon lleno
        buzon esta lleno
        cuota excedida
        caixa postal cheia
        caixa de correio cheia
        caixa cheia
        cota excedida
        casella piena
        casella di posta piena
        spazio esaurito
        postvak is vol
        mailbox vol
        skrzynka pelna
        skrzynka jest pelna
        przepelniona skrzynka
        ящик переполнен
        превышена квота
        メールボックスがいっぱい
        メールボックスの容量
        メールボックスが一杯
        容量オーバー
        容量超過
        容量を超え
        邮箱已满
        邮箱空间不足
        邮箱容量不足
        空间已满
        超出配额
        메일함이 가득
        용량이 초과
        """,
    ),
    *rows(
        "mailbox_disabled",
        """
        konto niedostepne
        konto gesperrt
        konto ist gesperrt
        konto zablokowane
        postfach gesperrt
        postfach ist deaktiviert
        postfach ist gesperrt
        compte du destinataire est bloque
        compte desactive
        compte suspendu
        cuenta deshabilitada
        cuenta suspendida
        cuenta desactivada
        conta desativada
        conta suspensa
        casella disabilitata
        casella sospesa
        аккаунт заблокирован
        ящик заблокирован
        ящик отключен
        учетная запись отключена
        账号被禁用
        帐号被冻结
        邮箱被禁用
        帐户已停用
        """,
    ),
    *rows(
        "too_large",
        """
        nachricht zu gross
        nachricht ist zu gross
        message trop volumineux
        message trop gros
        mensaje demasiado grande
        mensagem muito grande
        messaggio troppo grande
        слишком большое
        превышает допустимыи размер
        メッセージサイズが
        メールサイズが
        邮件过大
        邮件太大
        邮件大小超过
        """,
    ),
    *rows(
        "spam_content",
        """
        als spam
        spam verdacht
        identifie comme spam
        considere comme spam
        como spam
        correo no deseado
        come spam
        """,
    ),
    # Google Groups, in the languages of the groups' owners: the group does not exist or does not take our posts.
    *rows(
        "refused",
        """
        group you tried to contact
        gruppe, die sie kontaktieren mochten
        groupe que vous avez essaye de contacter
        grupo con el que ha intentado
        grupo que intento contactar
        grupo que voce tentou contatar
        gruppo che hai tentato di contattare
        groep waarmee u contact
        skupina, kterou se pokousite kontaktovat
        ομαδα με την οποια επιχειρειτε
        группы, с которои вы пытались связаться
        المجموعة
        שהקבוצה שניסית ליצור עמה קשר
        """,
    ),
)
