"""Words of other languages that name a cause of ours: who we are, how much we send, and what."""

from __future__ import annotations

from bounced.classify.phrases.phrase import Phrase, Rank, rows

#: What is said of our host comes before "spam", which is the same word in every language.
FOREIGN_HOST: tuple[Phrase, ...] = (
    *rows(
        "rate_limited",
        """
        zu haufig
        trop de
        trop nombreu
        demasiados
        demasiadas
        muitas mensagens
        muitos
        excesso de
        troppi
        troppe
        te veel
        zbyt wiele
        za duzo
        prilis mnoho
        for mange
        for manga
        liian mon
        tul sok
        prea mult
        cok fazla
        слишком много
        забагато
        твърде много
        πολλα μηνυματα
        過多
        过多
        频率
        頻率
        超过限制
        流量制限
        送信数
        너무 많
        초과하여 발송
        יותר מדי
        qua nhieu
        มากเกินไป
        zu viel
        trop d'
        muitas conexoes
        teveel
        zbyt duzo
        zbyt czesto
        zbyt szybko
        prilis vela
        prilis casto
        tulsag
        prevec
        previse
        liikaa
        лимит сообщени
        лимит писем
        лимит отправ
        лимит соединени
        превышен лимит
        занадто багато
        перевищено ліміт
        παρα πολλ
        cok sayida
        太多
        上限を超え
        多すぎ
        频繁
        頻繁
        次数超
        접속 수
        연결 수
        발송 제한
        terlalu banyak
        terlalu sering
        """,
        rank=Rank.HINT,
    ),
    *rows(
        "reputation",
        """
        ip adres
        ip addres
        adresse ip
        adres ip
        direccion ip
        endereco ip
        indirizzo ip
        adresa ip
        dia chi ip
        ip cim
        ip osoit
        ip адрес
        ip地址
        ip アドレス
        ipアドレス
        ip 주소
        sperrliste
        schwarze liste
        schwarzen liste
        liste noire
        lista negra
        lista nera
        zwarte lijst
        czarna list
        czarnej list
        cerna listin
        cerne listin
        svartlist
        sortlist
        svarteliste
        estolista
        tiltolist
        lista neagra
        kara list
        черн список
        черном списке
        черныи список
        черен списък
        чорн список
        чорному списку
        μαυρη λιστα
        黑名单
        黑名單
        ブラックリスト
        블랙리스트
        차단 목록
        信誉
        信譽
        רשימה שחורה
        ihr server
        ihr mailserver
        ihrem server
        ihrem mailserver
        ihres servers
        ihres mailservers
        ihre ip
        ihrer ip
        votre serveur
        votre ip
        su servidor
        su ip
        seu servidor
        seu ip
        tuo server
        vostro server
        suo server
        vostro ip
        tuo ip
        uw server
        uw mailserver
        uw ip
        twoj serwer
        twojego serwera
        panstwa serwer
        vas server
        vaseho serveru
        vas posluzitelj
        vas streznik
        on szervere
        serverul dumneavoastra
        serverul dvs
        din server
        din mailserver
        serveren din
        palvelimesi
        sunucunuz
        server anda
        ваш сервер
        вашего сервера
        вашого сервера
        вашия сървър
        ваш хост
        ваш ip
        вашего ip
        διακομιστης σας
        お使いのサーバ
        ご利用のサーバ
        您的ip
        您的服务器
        您的伺服器
        贵方服务器
        对方ip
        发信ip
        发件ip
        该ip
        ip被
        ip gesperrt
        ip wurde
        ip bloque
        ip bloccat
        ip zablok
        ip заблок
        ip в чорн
        ip в черн
        ip信誉
        귀하의 ip
        귀하의 서버
        차단된 ip
        ip는
        ip가
        liste de blocage
        lista de bloqueo
        lista de bloqueio
        blokkeringsliste
        daftar hitam
        cerni listi
        crnoj listi
        """,
        rank=Rank.HINT,
    ),
)

FOREIGN_SENDER: tuple[Phrase, ...] = (
    *rows(
        "spam_content",
        """
        sospett
        sospechos
        suspeit
        contenu suspect
        спам
        스팸
        pourriel
        indesirable
        publicitaire
        correo basura
        ongewenst
        niechcian
        nevyzadan
        skrappost
        soppelpost
        roskaposti
        levelszemet
        nedorit
        istenmeyen
        нежелательн
        небажан
        ανεπιθυμητ
        垃圾
        迷惑
        thu rac
        สแปม
        דואר זבל
        unerwunscht
        unverlangt
        lixo eletronico
        indesejad
        indeseado
        indesiderat
        ongevraagd
        kerettelen
        スパム
        """,
        rank=Rank.HINT,
    ),
    *rows(
        "sender_rejected",
        """
        absender
        expediteur
        remitente
        remetente
        mittente
        afzender
        nadawc
        odesilatel
        odosielatel
        avsandare
        afsender
        avsender
        lahettaja
        felado
        expeditor
        gonderen
        gonderici
        отправител
        відправник
        подател
        αποστολε
        发件人
        發件人
        寄件人
        寄件者
        差出人
        送信者
        送信元
        발신자
        보낸 사람
        nguoi gui
        ผู้ส่ง
        שולח
        ihre domain
        ihre domane
        ihre adresse
        votre domaine
        votre adresse
        su dominio
        su direccion
        seu dominio
        seu endereco
        tuo dominio
        vostro dominio
        tuo indirizzo
        uw domein
        uw adres
        twoja domena
        twoj adres
        vase domena
        vasa domena
        vasa adresa
        ваш домен
        ваш адрес
        вашего домена
        вашего адреса
        вашого домену
        domaininiz
        alan adiniz
        din doman
        dit domaene
        din adresse
        domeniul dumneavoastra
        domain anda
        saatja
        sutitaj
        siuntej
        posiljatelj
        posiljalac
        pengirim
        المرسل
        您的域名
        您的地址
        발송자
        송신자
        귀하의 도메인
        ihre email
        ihr konto
        ihr postfach
        ihr benutzerkonto
        votre compte
        votre email
        votre boite
        su cuenta
        su buzon
        su correo
        sua conta
        seu email
        tuo account
        vostro account
        vostro indirizzo
        tua casella
        uw account
        uw email
        uw mailbox
        twoje konto
        twoj email
        vase konto
        vas ucet
        az on fiokja
        az on cime
        contul dumneavoastra
        ditt konto
        din konto
        kontoen din
        tilisi
        ваш аккаунт
        ваша учетная запись
        вашеи учетнои записи
        ваш почтовыи ящик
        ваш обліковии
        ваша адреса
        ваша скринька
        hesabiniz
        您的帐号
        您的账号
        您的帐户
        您的账户
        您的邮箱
        您的帳號
        貴方的
        お客様の
        귀하의 계정
        귀하의 메일
        akun anda
        """,
        rank=Rank.HINT,
    ),
    # "Takes mail of some only", or refuses ours.
    *rows(
        "policy",
        """
        nur fur
        nur fuer
        nur von
        nur intern
        interne
        n'accepte pas
        uniquement
        seulement
        solo acepta
        unicamente
        somente
        apenas
        soltanto
        esclusivamente
        alleen
        tylko
        pouze
        nie przyjmuje
        kun intern
        endast
        vain
        csak
        numai
        yalnizca
        sadece
        только
        тільки
        само от
        белого списка
        拒收
        仅接受
        僅接受
        のみ受信
        受信拒否
        수신 거부
        수신을 거부
        거부하였
        naruszenie
        verstoss
        violation de
        infraccion
        violacao
        violazione
        нарушени
        nachricht wurde gesperrt
        nachricht gesperrt
        nachricht wurde blockiert
        nachricht wurde gelosch
        nachricht wurde geloesch
        mail wurde gesperrt
        mail wurde gelosch
        message bloque
        message a ete bloque
        message est bloque
        message a ete supprime
        message suspendu
        envoi suspendu
        mensaje bloquead
        mensaje ha sido bloquead
        mensaje fue bloquead
        mensaje esta bloquead
        envio suspendid
        mensagem bloquead
        mensagem foi bloquead
        messaggio bloccat
        messaggio e stato bloccat
        bericht is geblokkeerd
        bericht geblokkeerd
        bericht werd geblokkeerd
        wiadomosc zablokowan
        wiadomosc zostala zablokowan
        zprava byla blokovan
        zprava byla zablokovan
        zprava blokovan
        meddelandet sparrat
        сообщение заблокирован
        сообщение было заблокирован
        сообщение удален
        сообщение было удален
        письмо заблокирован
        письмо было заблокирован
        письмо удален
        письмо было удален
        повідомлення заблокован
        лист заблокован
        доставка приостановлен
        仅接收
        邮件被禁
        메일이 차단
        chi chap nhan
        hanya menerima
        """,
        rank=Rank.HINT,
    ),
    *rows(
        "too_large",
        """
        zu gross
        nachrichtengrosse
        nachrichtengroesse
        trop volumineu
        trop gros
        taille maximale
        taille du message
        demasiado grande
        tamano del mensaje
        tamano maximo
        muito grande
        tamanho da mensagem
        tamanho maximo
        troppo grande
        dimensione del messaggio
        dimensione massima
        te groot
        zbyt duz
        za duza
        prilis velk
        tul nagy
        prea mare
        слишком больш
        размер сообщени
        размер письма
        занадто велик
        cok buyuk
        for stort
        for stor$
        liian suuri
        liian iso
        大きすぎ
        サイズの上限を超え
        过大
        過大
        太大
        크기 초과
        너무 큽
        qua lon
        terlalu besar
        """,
        rank=Rank.HINT,
    ),
)
