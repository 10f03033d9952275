"""Words of other languages that name a cause, by the beginnings of words: administrators write replies as they speak.

Latin letters are without accents here, as fold leaves them: replies often lack them. Whole sentences of mail systems
are in translations.py, which come first.
"""

from __future__ import annotations

from bounced.classify.phrases.foreign_sender import FOREIGN_SENDER
from bounced.classify.phrases.phrase import Phrase, Rank, rows

FOREIGN: tuple[Phrase, ...] = (
    *FOREIGN_SENDER,
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
        gekundigt
        gekuendigt
        boite supprimee
        compte supprime
        adresse supprimee
        buzon dado de baja
        buzon eliminado
        cuenta eliminada
        caixa excluida
        conta excluida
        conta removida
        casella cancellata
        casella eliminata
        casella cessata
        account cancellato
        account eliminato
        skrzynka usunieta
        skrzynka zostala usunieta
        konto usuniete
        konto zostalo usuniete
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
        hier nicht verwaltet
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
    # "Temporarily", "try later", "maintenance".
    *rows(
        "remote_error",
        """
        vorubergehend
        voruebergehend
        spater erneut
        spaeter erneut
        spater noch
        wartung
        temporairement
        plus tard
        ulterieurement
        reessay
        temporalmente
        mas tarde
        intente de nuevo
        mantenimiento
        mais tarde
        tente novamente
        manutencao
        temporane
        riprova
        piu tardi
        manutenzione
        tijdelijk
        later opnieuw
        onderhoud
        tymczasow
        pozniej
        docasn
        pozdeji
        udrzb
        tillfallig
        midlertidig
        senare
        senere
        valiaikai
        kesobb
        atmeneti
        gecici
        daha sonra
        mai tarziu
        временно
        позже
        попробуите
        технически
        тимчасово
        пізніше
        稍后
        稍後
        维护
        一時的
        しばらく
        メンテナンス
        잠시 후
        일시적
        나중에
        점검
        """,
        rank=Rank.VAGUE,
        retry=True,
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
