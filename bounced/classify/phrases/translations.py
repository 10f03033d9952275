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
        @ não existe
        @ non esiste
        @ bestaat niet
        @ nie istnieje
        @ не существует
        @ не найден
        @ は存在しません
        @ は見つかりません
        @ 不存在
        empfaenger unbekannt
        empfänger unbekannt
        empfänger ist unbekannt
        사용자를 찾을 수 없
        користувача не знайдено
        nincs ilyen felhasználó
        查無此人
        kullanıcı bulunamadı
        empfänger wurde nicht gefunden
        empfängeradresse wurde
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
        n'existe pas de boîte
        adresse inconnue
        adresse introuvable
        boîte aux lettres introuvable
        boite aux lettres inconnue
        adresse email que vous avez entrée est introuvable
        usuario desconocido
        usuario no existe
        cuenta de correo electrónico no existe
        no existe un buzón
        no figura en el directorio de domino
        destinatario desconocido
        dirección no encontrada
        no se encontró la dirección
        no se pudo encontrar la dirección
        buzón no existe
        usuário desconhecido
        usuário não existe
        conta de email não existe
        usuário inexistente
        destinatário desconhecido
        endereço não encontrado
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
        nieznany użytkownik
        użytkownik nieznany
        użytkownik nie istnieje
        nie ma takiego użytkownika
        konto nie istnieje
        konto email nie istnieje
        odnaleźć wprowadzonego adresu
        nie znaleziono adresu
        пользователь не найден
        пользователь не существует
        неизвестный пользователь
        адрес не найден
        адресат не найден
        почтовый ящик не существует
        такого пользователя нет
        учетная запись электронной почты не существует
        адрес электронной почты не найден
        несуществующий
        neznámý uživatel
        uživatel neexistuje
        okänd användare
        användaren finns inte
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
        postfach des empfängers ist voll
        speicherplatz überschritten
        boîte aux lettres pleine
        boite aux lettres pleine
        boîte pleine
        boite pleine
        quota dépassé
        quota depasse
        espacio insuficiente
        buzón lleno
        buzón está lleno
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
        skrzynka pełna
        skrzynka jest pełna
        przepełniona skrzynka
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
        compte désactivé
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
        учётная запись отключена
        账号被禁用
        帐号被冻结
        邮箱被禁用
        帐户已停用
        """,
    ),
    *rows(
        "too_large",
        """
        nachricht zu groß
        nachricht ist zu groß
        message trop volumineux
        message trop gros
        mensaje demasiado grande
        mensagem muito grande
        messaggio troppo grande
        слишком большое
        превышает допустимый размер
        メッセージサイズが
        メールサイズが
        邮件过大
        邮件太大
        邮件大小超过
        """,
    ),
    *rows(
        "domain_unknown",
        """
        domain existiert nicht
        domaine inconnu
        domaine inexistant
        dominio no existe
        domínio não encontrado
        domínio inexistente
        dominio inesistente
        домен не найден
        ドメインが見つかりません
        ドメインが存在しません
        域名不存在
        找不到域名
        """,
    ),
    *rows(
        "spam_content",
        """
        als spam
        spam verdacht
        identifié comme spam
        considéré comme spam
        como spam
        correo no deseado
        come spam
        спам
        迷惑メール
        垃圾邮件
        스팸
        """,
    ),
    # Google Groups, in the languages of the groups' owners: the group does not exist or does not take our posts.
    *rows(
        "refused",
        """
        group you tried to contact
        gruppe, die sie kontaktieren möchten
        groupe que vous avez essayé de contacter
        grupo con el que ha intentado
        grupo que intentó contactar
        grupo que você tentou contatar
        gruppo che hai tentato di contattare
        groep waarmee u contact
        skupina, kterou se pokoušíte kontaktovat
        ομάδα με την οποία επιχειρείτε
        группы, с которой вы пытались связаться
        المجموعة
        שהקבוצה שניסית ליצור עמה קשר
        """,
    ),
)
