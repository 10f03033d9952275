"""Words of other languages that name a cause, by the beginnings of words: administrators write replies as they speak.

Latin letters are without accents here, as fold leaves them: replies often lack them. Whole sentences of mail systems
are in translations.py, which come first.
"""

from __future__ import annotations

from bounced.classify.phrases.phrase import Phrase, Rank, rows

FOREIGN: tuple[Phrase, ...] = (
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
    *rows(
        "spam_content",
        """
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
    *rows(
        "mailbox_full",
        """
        kontingent
        sature
        pleine
        depassement
        lleno
        llena
        cheia
        cheio
        piena
        pieno
        postvak vol
        pelna
        pelne
        przepelnion
        plna
        preplnen
        fylld
        fuld
        taynna
        megtelt
        betelt
        plina
        dolu
        kotasi
        переполн
        переповнен
        заполнен
        пълна
        препълнен
        квот
        γεματο
        已满
        已滿
        容量
        空间不足
        いっぱい
        満杯
        가득
        용량
        מלאה
        เต็ม
        ist voll
        uberfullt
        ueberfuellt
        zit vol
        speicherplatz
        speichervolumen
        espace disque
        espace insuffisant
        cuota
        cota
        lotada
        lotado
        espaco insuficiente
        spazio insufficiente
        quotum
        pojemnosci
        brak miejsca
        kvot
        ar full
        er full
        postkast on tais
        pilna
        perpildyt
        je pun
        je poln
        levytila
        kiintio
        kota asi
        kuota
        penuh
        нет места
        недостаточно места
        нема місця
        υπερβαση
        配额
        配額
        da day
        dung luong
        ممتلئ
        """,
        rank=Rank.HINT,
    ),
    *rows(
        "mailbox_disabled",
        """
        gesperrt
        geschlossen
        deaktiviert
        stillgelegt
        abgeschaltet
        geloscht
        geloescht
        bloque
        desactiv
        ferme
        suspendu
        cloture
        deshabilitad
        inactif
        inactivo
        inactiva
        boite inactive
        suspendid
        cerrad
        desativad
        inativ
        encerrad
        suspenso
        suspensa
        bloccat
        disattivat
        disabilitat
        sospes
        chius
        inattiv
        geblokkeerd
        opgeheven
        gedeactiveerd
        uitgeschakeld
        zablokowan
        nieaktywn
        wylaczon
        zamknie
        zawieszon
        blokovan
        deaktivovan
        zrusen
        neaktivn
        sparrat
        inaktiv
        spaerret
        sparret
        sperret
        lukket
        deaktiver
        suljettu
        poistettu kaytosta
        letiltv
        letiltott
        megszunt
        dezactiv
        blocat
        kapatil
        devre disi
        askiya alin
        заблокирован
        отключен
        неактив
        закрыт
        удален
        заблокован
        вимкнен
        деактив
        блокиран
        закрит
        απενεργοποι
        停用
        冻结
        凍結
        禁用
        关闭
        關閉
        注销
        無効
        停止
        閉鎖
        휴면
        정지
        비활성
        해지
        מושבת
        חסום
        vo hieu
        bi khoa
        ถูกระงับ
        ausgeschieden
        cuenta cancelad
        conta cancelad
        cuenta dada de baja
        zablokovan
        suspendat
        ящик приостановлен
        запись приостановлен
        аккаунт приостановлен
        κλειδωμεν
        avstang
        stengt
        suletud
        blokeeri
        blokets
        uzblokuot
        isjungt
        blokiran
        deaktivir
        onemogocen
        zaklenjen
        削除され
        退会
        已锁定
        被锁定
        탈퇴
        dinonaktifkan
        diblokir
        معطل
        موقوف
        ne recoit plus
        travaille plus
        ya no trabaja
        nao trabalha mais
        non lavora piu
        werkt niet meer
        arbeitet nicht mehr
        nie pracuje
        не работает
        离职
        離職
        退職
        퇴사
        """,
        rank=Rank.HINT,
    ),
    # Whose domain: where the sender is named, the rows above decide.
    *rows(
        "domain_unknown",
        """
        domain existiert nicht
        domain nicht gefunden
        domane existiert nicht
        domane nicht gefunden
        unbekannte domain
        unbekannte domane
        domaine inconnu
        domaine inexistant
        domaine n'existe pas
        domaine introuvable
        dominio no existe
        dominio desconocido
        dominio inexistente
        dominio no encontrado
        dominio nao existe
        dominio desconhecido
        dominio nao encontrado
        dominio inesistente
        dominio sconosciuto
        dominio non esiste
        onbekend domein
        domein bestaat niet
        nieznana domena
        domena nie istnieje
        neznama domena
        domena neexistuje
        ismeretlen domain
        domain nem letezik
        domeniu necunoscut
        domeniul nu exista
        okand doman
        домен не существует
        домен не наиден
        неизвестныи домен
        домен не існує
        ドメインが見つかりません
        ドメインが存在しません
        域名不存在
        网域不存在
        網域不存在
        找不到域名
        """,
        rank=Rank.HINT,
    ),
    *rows(
        "user_unknown",
        """
        unbekannt
        existiert nicht
        nicht vorhanden
        nicht gefunden
        ungultig
        ungueltig
        inconnu
        introuvable
        n'existe pas
        inexistant
        invalide
        desconocid
        no existe
        no encontrad
        desconhecid
        nao existe
        nao encontrad
        sconosciut
        non esiste
        inesistent
        non trovat
        errato
        onbekend
        bestaat niet
        niet gevonden
        nieznan
        nie istnieje
        nie znalezion
        nie ma takiego
        neexistuje
        neznam
        nenalezen
        okand
        finns inte
        hittades inte
        ukendt
        ukjent
        findes ikke
        finnes ikke
        tuntematon
        ei loydy
        tundmatu
        ismeretlen
        nem letezik
        nem talalhato
        necunoscut
        nu exista
        nav atrasts
        nerastas
        neegzistuoja
        bilinmeyen
        bulunamadi
        mevcut degil
        неизвестн
        не наиден
        не существует
        нет такого
        невідом
        не знаидено
        не існує
        непознат
        не съществува
        не е намерен
        αγνωστο
        δεν υπαρχει
        不存在
        无此
        無此
        未找到
        找不到
        未知
        存在しません
        見つかりません
        登録されていません
        不明
        없는 사용자
        존재하지
        알 수 없는
        לא קיים
        לא נמצא
        khong ton tai
        khong tim thay
        ไม่พบ
        ไม่มีผู้ใช้
        غير موجود
        غير معروف
        kein solche
        keine solche
        kein benutzer
        kein empfanger
        kein postfach
        kein konto
        gibt es hier nicht
        gibt es nicht
        keine person
        aucun utilisateur
        aucun destinataire
        aucun compte
        aucune boite
        inexistent
        ningun usuario
        ninguna cuenta
        direccion incorrecta
        direccion no valida
        destinatario no valido
        nao ha usuario
        nao localizad
        endereco invalido
        destinatario invalido
        usuario invalido
        nessun utente
        destinatario non valido
        indirizzo non valido
        utente non valido
        geen gebruiker
        geen mailbox
        ongeldige ontvanger
        ongeldig adres
        ongeldige gebruiker
        nieprawidlowy adres
        niepoprawny adres
        nieprawidlowy odbiorca
        brak takiego
        brak uzytkownika
        neplatny prijemce
        neplatny prijemca
        neplatny adresat
        neplatna adresa
        ervenytelen cim
        destinatar invalid
        nepoznat
        ne postoji
        nepostojec
        nije pronad
        ne obstaja
        neznan
        такого адреса
        такого пользовател
        не зарегистрирован
        неверныи адрес
        неправильныи адрес
        пользователь отсутствует
        ящик отсутствует
        адресат отсутствует
        такого користувача
        немає такого
        δεν βρεθηκε
        kullanici yok
        boyle bir kullanici
        gecersiz alici
        gecersiz adres
        ogiltig mottagare
        ogiltig adress
        finns ej
        ugyldig modtager
        ugyldig mottaker
        eksisterer ikke
        kayttajaa ei ole
        ei leitud
        ei ole olemas
        ei eksisteeri
        nezinam
        neeksiste
        nezinom
        adreso nera
        該当する
        地址无效
        收件人无效
        没有该
        没有此
        沒有此
        등록되지 않은
        없는 주소
        없는 계정
        dia chi khong hop le
        tidak ditemukan
        tidak dikenal
        tidak terdaftar
        penerima tidak ada
        pengguna tidak ada
        alamat tidak ada
        kennen wir nicht
        ist nicht bekannt
        pas de boite
        ne connaissons pas
        no conocemos
        nao conhecemos
        non conosciamo
        kennen wij niet
        nie znamy
        у нас нет
        не знаем
        宛先はありません
        そのような宛先
        查无
        """,
        rank=Rank.HINT,
    ),
    # Last of all and vague: a report may say that the message is attached, or that it was checked.
    *rows(
        "relay_denied",
        """
        weiterleitung nicht
        weiterleiten nicht
        relais
        retransmision
        retransmissao
        inoltro non
        doorsturen
        przekazywanie
        пересылка запрещ
        релеи
        ретрансляци
        中継
        """,
        rank=Rank.HINT,
    ),
    *rows(
        "content",
        """
        anhang
        dateianhang
        piece jointe
        pieces jointes
        adjunto
        anexo
        allegat
        bijlage
        zalacznik
        priloha
        csatolmany
        melleklet
        atasament
        bilaga
        vedhaeft
        vedlegg
        liitetiedosto
        вложени
        вкладенн
        添付
        附件
        첨부
        lampiran
        dinh kem
        """,
        rank=Rank.VAGUE,
    ),
    *rows(
        "virus",
        """
        schadsoftware
        schadprogramm
        malveillant
        malicios
        вирус
        вредонос
        вірус
        шкідлив
        ウイルス
        病毒
        바이러스
        """,
        rank=Rank.VAGUE,
    ),
    # "No longer …"; of what, the sentence says.
    *rows(
        "user_unknown",
        """
        nicht mehr
        n'est plus
        n'existe plus
        ya no
        ja nao
        non e piu
        niet meer
        juz nie
        jiz ne
        mar nem
        artik
        больше не
        более не
        більше не
        вече не
        不再
        現在使われて
        使用されておりません
        더 이상
        """,
        rank=Rank.VAGUE,
    ),
)
