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
        zu viele
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
        过于频繁
        過於頻繁
        超过限制
        流量制限
        送信数
        너무 많
        초과하여 발송
        יותר מדי
        qua nhieu
        มากเกินไป
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
        스팸
        thu rac
        สแปม
        דואר זבל
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
        """,
        rank=Rank.HINT,
    ),
    *rows(
        "mailbox_full",
        """
        postfach ist voll
        postfach uberfullt
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
        inactiv
        suspendid
        cerrad
        desativad
        inativ
        encerrad
        suspens
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
        avstangd
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
        ei ole olemassa
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
        """,
        rank=Rank.HINT,
    ),
)
