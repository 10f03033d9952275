"""Servers that differ from what one expects: real ones, and answers of the products that are cited."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bounced.errors import MailboxError
from bounced.model import JUNK, Cursor, Intake, OnDone, Origin
from bounced.sources.imap import Disposition, ImapMailbox
from bounced.sources.imap.session import RESELECT_SECONDS
from tests.soak.post import Post
from tests.support.imap import BODY, SIZE, NotedCopies, Open, bodies, failure, plain, read, text
from tests.support.scripted import ScriptedImap
from tests.support.servers import ImapServer

#: The folders that bounced moves to unless it is told otherwise.
DEFAULT = Disposition("move", "Bounced", "Bounced-Unrecognized")


@pytest.fixture(params=["courier", "cyrus", "dovecot"])
def server(request: pytest.FixtureRequest) -> ImapServer:
    """Each server with an empty mailbox."""
    server: ImapServer = request.getfixturevalue(request.param)
    return server


def counted(mailbox: ImapMailbox) -> list[Intake]:
    return [Intake(message.origin, "counted", True) for message in read(mailbox)]


def prefix(server: ImapServer) -> str:
    return "" if server.kind == "dovecot" else "INBOX."


def test_the_default_folders_work_whatever_the_prefix_of_the_server(server: ImapServer) -> None:
    server.append_all("INBOX", [(text(1), None), (text(2), None)])
    with closing(ImapMailbox(server.account(), "INBOX", DEFAULT)) as mailbox:
        first, second = counted(mailbox)
        mailbox.settle([first, dataclasses.replace(second, recognized=False)])
        assert mailbox.remark == ""
    assert bodies(server, "INBOX") == []
    assert bodies(server, f"{prefix(server)}Bounced") == [text(1)]
    assert bodies(server, f"{prefix(server)}Bounced-Unrecognized") == [text(2)]


def test_a_folder_is_read_by_its_name_without_the_prefix(server: ImapServer) -> None:
    server.append(f"{prefix(server)}Reports", text(1))
    with closing(ImapMailbox(server.account(), "Reports")) as mailbox:
        assert [message.content for message in read(mailbox)] == [text(1)]
    with closing(ImapMailbox(server.account(), "Nowhere")) as mailbox, pytest.raises(MailboxError, match="Nowhere"):
        read(mailbox)


@pytest.mark.parametrize("kind", ["courier", "dovecot"])
def test_uids_last_though_nobody_else_reads_the_folder(kind: str, request: pytest.FixtureRequest) -> None:
    """Courier stores no UIDs for EXAMINE. The second message sorts before the first one."""
    server: ImapServer = request.getfixturevalue(kind)
    post, when = Post(server), datetime(2026, 9, 1, 12, tzinfo=UTC)
    post.make("INBOX")
    post.deliver("INBOX", text(1).replace(b"\r\n", b"\n"), when)
    with closing(ImapMailbox(server.account())) as mailbox:
        [batch] = mailbox.batches(None)
        post.deliver("INBOX", text(2).replace(b"\r\n", b"\n"), when - timedelta(seconds=1))
        [later] = mailbox.batches(batch.cursor)
    with closing(ImapMailbox(server.account())) as mailbox:
        post.deliver("INBOX", text(3).replace(b"\r\n", b"\n"), when - timedelta(seconds=2))
        [last] = mailbox.batches(later.cursor)
    assert [message.content for batch in (batch, later, last) for message in batch.messages] == list(
        map(text, (1, 2, 3))
    )


def test_what_is_new_is_read_from_every_server(server: ImapServer) -> None:
    """Courier sends no UIDNEXT."""
    with closing(ImapMailbox(server.account())) as mailbox:
        assert read(mailbox) == []
        server.append_all("INBOX", [(text(number), None) for number in range(3)])
        [batch] = mailbox.batches(None)
        server.append("INBOX", text(9))
        [later] = mailbox.batches(batch.cursor)
        assert [message.content for message in later.messages] == [text(9)]
        assert list(mailbox.batches(later.cursor)) == []
        assert mailbox.last_uid == 4


class SparseImap(ScriptedImap):
    """Messages with these UIDs, and as many more as it says that nobody ever sees."""

    def __init__(self, uids: list[int], exists: int) -> None:
        self._uids = uids
        selected = f"* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT {uids[-1] + 1}] .\r\n"
        super().__init__({"EXAMINE": [selected]})

    def _say(self, name: str, command: str) -> str:
        if name == "UID SEARCH":
            low, _, high = command.split()[3].partition(":")
            return f"* SEARCH {' '.join(str(uid) for uid in self._uids if int(low) <= uid <= int(high))}\r\n"
        if name == "UID FETCH":
            answer = BODY if "BODY" in command else SIZE
            return "".join(answer.replace("UID 1", f"UID {uid}") for uid in command.split()[2].split(","))
        return super()._say(name, command)


# Answers that are read.


@pytest.mark.parametrize("on_done", ["leave", "move", "flag"])
def test_a_folder_that_may_only_be_read_is_read_and_said(on_done: OnDone, open_mailbox: Open) -> None:
    """A Fastmail password for reading, an ACL: imap_tools#57."""
    selected = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 2] .\r\nTAG OK [READ-ONLY] done\r\n"
    with ScriptedImap({"SELECT": [selected], "UID FETCH": [SIZE, BODY] * 2}) as server:
        mailbox = open_mailbox(server.account(), on_done)
        mailbox.settle(counted(mailbox))
        assert [command for command in server.said if "STORE" in command or "COPY" in command] == []
    assert ("read-only" in mailbox.remark) == (on_done != "leave")


@pytest.mark.parametrize("on_done", ["move", "flag"])
def test_a_folder_that_dovecot_lets_us_only_read_is_read(
    dovecot: ImapServer, open_mailbox: Open, on_done: OnDone
) -> None:
    dovecot.append("INBOX", text(1))
    (dovecot.directory / "mail" / dovecot.user / "dovecot-acl").write_text("owner lr\n")
    mailbox = open_mailbox(plain(dovecot, "127.0.0.5"), on_done)
    mailbox.settle(counted(mailbox))
    assert bodies(dovecot, "INBOX") == [text(1)]


def test_search_in_several_lines_is_their_union(open_mailbox: Open) -> None:
    """EIMS: roundcubemail#7527; closeio/sync-engine#485."""
    selected = "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 4] .\r\n"
    sizes = "* 1 FETCH (UID 1 RFC822.SIZE 9)\r\n* 2 FETCH (UID 3 RFC822.SIZE 9)\r\n"
    found = "* 1 FETCH (UID 1 BODY[]<0> {9}\r\nX: y\r\n\r\na)\r\n* 2 FETCH (UID 3 BODY[]<0> {9}\r\nX: y\r\n\r\nb)\r\n"
    answers = {"EXAMINE": [selected], "UID SEARCH": ["* SEARCH 3\r\n* SEARCH\r\n* SEARCH 1 3\r\n"]}
    with ScriptedImap({**answers, "UID FETCH": [sizes, found]}) as server:
        assert [message.origin.uid for message in read(open_mailbox(server.account()))] == [1, 3]


def test_what_search_leaves_out_is_listed_by_fetch(open_mailbox: Open) -> None:
    """An index that lags behind: the last message is there, and SEARCH does not know it."""
    uid, found = "* 1 FETCH (UID 1)\r\n", "* SEARCH 1\r\n"
    answers = {"FETCH": [uid], "UID SEARCH": ["", "* SEARCH 1\r\n"], "UID FETCH": [uid, SIZE, BODY]}
    with ScriptedImap(answers) as server:
        mailbox = open_mailbox(server.account())
        assert [message.origin.uid for message in read(mailbox)] == [1]
        assert mailbox.remark == "server does not find the message of UID 1 by SEARCH"
    with ScriptedImap({"FETCH": [uid], "UID SEARCH": ["", found], "UID FETCH": ["", SIZE, BODY]}) as server:
        mailbox = open_mailbox(server.account())
        assert read(mailbox) == []  # it has gone since SELECT
        assert len(read(mailbox)) == 1
        assert mailbox.remark == ""


def test_a_search_of_all_numbers_there_are_is_refused(open_mailbox: Open) -> None:
    """A range costs the server a few octets, and us four billion numbers."""
    selected = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 4294967295] .\r\n"
    answers = {"EXAMINE": [selected], "UID SEARCH": ['* ESEARCH (tag "x") UID ALL 1:4294967295\r\n']}
    with ScriptedImap(answers) as server:
        assert failure(open_mailbox(server.account())) == "server lists more messages than there can be"


def test_a_server_without_uidvalidity_is_one_line(open_mailbox: Open) -> None:
    with ScriptedImap({name: ["* 1 EXISTS\r\n"] for name in ("EXAMINE", "SELECT")}) as server:
        assert "sent something that is not IMAP: no UIDVALIDITY" in failure(open_mailbox(server.account()))


def test_no_search_line_is_nothing(open_mailbox: Open) -> None:
    """iCloud."""
    with ScriptedImap({"UID SEARCH": [""]}) as server:
        assert read(open_mailbox(server.account())) == []


def test_uidvalidity_that_examine_leaves_out_is_that_of_select(open_mailbox: Open) -> None:
    """Xeams: nextcloud/mail#10199."""
    answers = {"EXAMINE": ["* 1 EXISTS\r\n* OK [UIDNEXT 2] .\r\n"], "UID FETCH": [SIZE, BODY]}
    with ScriptedImap(answers) as server:
        [message] = read(open_mailbox(server.account()))
    assert message.origin.uidvalidity == 7


@pytest.mark.parametrize("junk", ["Spam", "R&D", "a&b&c"])
def test_a_name_that_is_no_utf_7_hides_no_other_folder(junk: str, open_mailbox: Open) -> None:
    """Yandex: modern-email/defects#46; snappymail#1346. The folder for spam may have such a name itself."""
    folders = f'* LIST () "/" "Q&A"\r\n* LIST () "/" "&AOQ-&"\r\n* LIST (\\Junk) "/" "{junk}"\r\n'
    with ScriptedImap({"LIST": [folders], "UID FETCH": [SIZE, BODY]}) as server:
        assert len(read(open_mailbox(server.account(), folder=JUNK))) == 1
        assert f'EXAMINE "{junk}"'.upper() in server.said


# Folders that are not there, and folders that are none.


def move(answers: Mapping[str, Sequence[str]], *, runs: int = 1) -> Iterator[tuple[ScriptedImap, ImapMailbox]]:
    """Moves the one message ``runs`` times, as a daemon that tries again; yields after each time."""
    noted = NotedCopies()
    capability = {"CAPABILITY": ["* CAPABILITY IMAP4rev1 UIDPLUS\r\n"]}
    with ScriptedImap({**capability, **answers}) as server:
        for _ in range(runs):
            with closing(ImapMailbox(server.account(), "INBOX", DEFAULT)) as mailbox:
                origin = Origin(mailbox.name, "1", 7, 1)
                try:
                    mailbox.settle([Intake(origin, "counted", True)], noted)
                except MailboxError as problem:
                    assert "refused" in str(problem)
                yield server, mailbox


def test_a_list_and_a_create_have_the_prefix_of_the_namespace() -> None:
    """As Courier and Cyrus have it, where they can't be had."""
    capability = {"CAPABILITY": ["* CAPABILITY IMAP4rev1 UIDPLUS NAMESPACE\r\n"]}
    namespace = {"NAMESPACE": ['* NAMESPACE (("INBOX." ".")) NIL (("#shared." "."))\r\n']}
    for server, _ in move({**capability, **namespace, "LIST": [""]}):
        assert [line for line in server.said if "CREATE" in line] == ['CREATE "INBOX.BOUNCED"']
        assert [line for line in server.said if "UID COPY" in line] == ['UID COPY 1 "INBOX.BOUNCED"']


def test_a_list_that_is_refused_is_that_of_no_folder() -> None:
    """DavMail answers NO for what does not exist: parsedmarc#154."""
    for server, _ in move({"LIST": ["TAG NO LIST failed: Folder not found\r\n"]}):
        assert server.commands["CREATE"] == server.commands["UID COPY"] == 1


@pytest.mark.parametrize("attribute", ["\\NoSelect", "\\Noselect \\HasChildren", "\\NonExistent"])
def test_a_parent_that_cannot_be_selected_is_created(attribute: str) -> None:
    for server, _ in move({"LIST": [f'* LIST ({attribute}) "/" "Bounced"\r\n']}):
        assert server.commands["CREATE"] == 1


def test_a_parent_that_was_made_by_its_child_is_a_folder(dovecot: ImapServer) -> None:
    dovecot.append_all("INBOX", [(text(1), None), (text(2), None)])
    disposition = Disposition("move", "Bounced", "Bounced/Unrecognized")
    with closing(ImapMailbox(dovecot.account(), "INBOX", disposition)) as mailbox:
        first, second = counted(mailbox)
        mailbox.settle([dataclasses.replace(second, recognized=False)])
        mailbox.settle([first])
    assert bodies(dovecot, "Bounced") == [text(1)]


def test_a_subscription_that_is_refused_is_nothing() -> None:
    for server, _ in move({"LIST": [""], "SUBSCRIBE": ["TAG NO no subscriptions here\r\n"]}):
        assert server.commands["SUBSCRIBE"] == server.commands["UID COPY"] == 1


# Moves that fail, or do nothing.

IN_PLACE = {"LIST": ['* LIST () "/" "Bounced"\r\n']}


@pytest.mark.parametrize(
    "refusal",
    [
        {"UID STORE": ["TAG NO Permission denied, refused\r\n"]},
        {"UID EXPUNGE": ["TAG NO EXPUNGE failed, refused\r\n"]},
        {"UID EXPUNGE": ["TAG BAD refused\r\n"]},
    ],
)
@pytest.mark.parametrize("copyuid", ["", "TAG OK [COPYUID 9 1 4] done\r\n"])
def test_what_cannot_be_deleted_is_copied_once(refusal: dict[str, list[str]], copyuid: str) -> None:
    """osTicket#5645: copies piled up until the disk was full."""
    for server, _ in move({**IN_PLACE, **refusal, "UID COPY": [copyuid]}, runs=4):
        assert server.commands["UID COPY"] == 1
        assert server.commands[next(iter(refusal))] == server.connections


def test_what_the_server_did_not_copy_is_not_deleted() -> None:
    """RFC 4315 3: COPYUID names what was copied."""
    noted = NotedCopies()
    answers = {
        **IN_PLACE,
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 UIDPLUS\r\n"],
        "UID SEARCH": ["* SEARCH 1 2 3\r\n", ""],
        "UID COPY": ["TAG OK [COPYUID 9 1,3:4294967295 7:8] done\r\n"],
    }
    with ScriptedImap(answers) as server, closing(ImapMailbox(server.account(), "INBOX", DEFAULT)) as mailbox:
        intakes = [Intake(Origin(mailbox.name, str(uid), 7, uid), "counted", True) for uid in (1, 2, 3)]
        with pytest.raises(MailboxError, match="server copied only 2 of 3 messages"):
            mailbox.settle(intakes, noted)
        assert [command for command in server.said if "EXPUNGE" in command] == ["UID EXPUNGE 1,3"]
    assert {origin.uid for origin in noted.done} == {1, 3}


def test_a_move_that_is_refused_is_a_copy() -> None:
    """parsedmarc#671: MOVE is announced and refused."""
    capability = {"CAPABILITY": ["* CAPABILITY IMAP4rev1 MOVE UIDPLUS\r\n"]}
    for server, _ in move({**IN_PLACE, **capability, "UID MOVE": ["TAG NO not here\r\n"]}):
        assert server.commands["UID COPY"] == server.commands["UID EXPUNGE"] == 1


@pytest.mark.parametrize("capability", ["MOVE", "UIDPLUS"])
def test_a_move_that_moves_nothing_is_said_and_not_done_again(capability: str) -> None:
    """IONOS: imap-mcp-server#54; Gmail's All Mail; rights that let flags be ignored."""
    answers = {**IN_PLACE, "CAPABILITY": [f"* CAPABILITY IMAP4rev1 {capability}\r\n"]}
    for _, mailbox in move(answers):
        assert mailbox.remark == "server says that it moved messages, and they are still there"


def test_rights_that_ignore_the_deletion_are_said(dovecot: ImapServer) -> None:
    """Real Dovecot with the rights lrswi, which ignores \\Deleted in silence."""
    dovecot.append("INBOX", text(1))
    (dovecot.directory / "mail" / dovecot.user / "dovecot-acl").write_text("owner lrswik\n")
    with closing(ImapMailbox(plain(dovecot, "127.0.0.6"), "INBOX", DEFAULT)) as mailbox:
        mailbox.settle(counted(mailbox))
        assert mailbox.remark == "server says that it moved messages, and they are still there"
    assert bodies(dovecot, "INBOX") == bodies(dovecot, "Bounced") == [text(1)]


def test_flags_that_are_ignored_are_said(open_mailbox: Open) -> None:
    with ScriptedImap({"UID SEARCH": ["* SEARCH 1\r\n", "* SEARCH 1\r\n", ""], "UID FETCH": [SIZE, BODY]}) as server:
        mailbox = open_mailbox(server.account(), "flag")
        mailbox.settle(counted(mailbox))
    assert mailbox.remark == "server says that it flagged messages, and they are not flagged"


# UIDs.


def test_a_wrong_uidnext_is_said_and_not_believed(open_mailbox: Open) -> None:
    """node-imap#549: always 0."""
    for next_uid in (0, 1, 2):
        selected = f"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT {next_uid}] .\r\n"
        answers = {"EXAMINE": [selected], "FETCH": ["* 1 FETCH (UID 5)\r\n"], "UID SEARCH": ["* SEARCH 5\r\n"]}
        one = [text.replace("UID 1", "UID 5") for text in (SIZE, BODY)]
        with ScriptedImap({**answers, "UID FETCH": one}) as server:
            mailbox = open_mailbox(server.account())
            [batch] = mailbox.batches(Cursor("imap:test/INBOX", 7, 4))
            assert [message.origin.uid for message in batch.messages] == [5]
            assert mailbox.remark == f"server sends UIDNEXT {next_uid} with a message of UID 5"
            assert list(mailbox.batches(batch.cursor)) == []


@pytest.mark.parametrize("uids", [[1, 2**32 - 2], [2**32 - 2], [10, 2**20, 2**31]])
def test_uids_far_apart_cost_few_searches(uids: list[int], open_mailbox: Open) -> None:
    with SparseImap(uids, 60_000) as server:
        mailbox = open_mailbox(server.account())
        assert [message.origin.uid for message in read(mailbox)] == uids
        assert server.commands["UID SEARCH"] < 40


class SlowImap(ScriptedImap):
    """Its commands take time, by a clock that nobody has to wait for."""

    def __init__(self, answers: Mapping[str, Sequence[str]], seconds: Mapping[str, float]) -> None:
        self.now = 1000.0
        self._seconds = seconds
        super().__init__(answers)

    def monotonic(self) -> float:
        return self.now

    def _say(self, name: str, command: str) -> str:
        self.now += self._seconds.get(name, 0)
        return super()._say(name, command)


def test_a_folder_that_takes_long_to_select_is_asked_by_noop(
    open_mailbox: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500,000 messages in a Maildir of Dovecot."""
    news = ["", "", "* 2 EXISTS\r\n", "* 1 EXPUNGE\r\n", ""]
    lasts = ["* 1 FETCH (UID 1)\r\n", "* 2 FETCH (UID 9)\r\n", "* 1 FETCH (UID 9)\r\n"]
    answers = {"NOOP": news, "FETCH": lasts, "UID FETCH": [SIZE, BODY]}
    with SlowImap(answers, {"EXAMINE": 20.0, "NOOP": 0.1}) as server:
        monkeypatch.setattr("bounced.sources.imap.session.time", server)
        session = open_mailbox(server.account())._session
        seen = [(looked.exists, looked.last_uid) for looked in (session.select() for _ in range(5))]
        assert seen == [(1, 1), (1, 1), (1, 1), (2, 9), (1, 9)]
        assert server.commands["EXAMINE"] == 2
        session.select(anew=True)
        assert server.commands["EXAMINE"] == 3
        server.now += RESELECT_SECONDS + 1
        session.select()
        assert server.commands["EXAMINE"] == 4
        assert server.connections == 1


def test_where_noop_takes_longer_than_select_it_is_asked_once(
    open_mailbox: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Courier reads the directory twice for it."""
    with SlowImap({}, {"EXAMINE": 2.0, "NOOP": 3.0}) as server:
        monkeypatch.setattr("bounced.sources.imap.session.time", server)
        session = open_mailbox(server.account())._session
        for _ in range(5):
            session.select()
        assert (server.commands["EXAMINE"], server.commands["NOOP"]) == (4, 1)
