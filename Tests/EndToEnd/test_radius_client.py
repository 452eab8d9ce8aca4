"""Our RADIUS client and FreeRADIUS agree: with the plain server, files and PAP, no StepUp."""

import pytest
import radius
import radius_rig
from radius_load import many, percentile


def of_length(length):
    return "".join(chr(97 + number % 26) for number in range(length))


LENGTHS = [1, 15, 16, 17, 32, 33, 127, 128]


@pytest.fixture(scope="module")
def server():
    server = radius_rig.Server("plain", port=2812, stepup=False,
                               users={"alice": "password of alice", "bob": "password of bob", "carol": "c",
                                      **{f"long{length}": of_length(length) for length in LENGTHS}},
                               replies={"carol": "Reply-Message = hello, Class = 0x0102, Class += 0x03, Framed-IP-Address = 192.0.2.9"})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def nas(server):
    nas = server.nas(timeout=2)
    yield nas
    nas.close()


def test_a_right_password_is_accepted_and_a_wrong_one_rejected(server, nas):
    assert nas.login("alice", server.password("alice")).code == radius.ACCEPT
    assert nas.login("alice", "wrong").code == radius.REJECT


@pytest.mark.parametrize("length", LENGTHS)
def test_a_password_of_any_length_arrives(nas, length):
    assert nas.login(f"long{length}", of_length(length)).code == radius.ACCEPT
    assert nas.login(f"long{length}", of_length(length)[:-1] + "!").code == radius.REJECT


def test_attributes_arrive_by_name_number_and_vendor(server, nas):
    server.start("-xx")
    nas.login("alice", "wrong", NAS_IP_Address="192.0.2.1", NAS_Port_Type="Virtual", NAS_IPv6_Address="2001:db8::1", NAS_Port=7,
              Cisco_AVPair=["a=1", "b=2"], PaloAlto_Client_OS="Linux", State=b"\x00\x01binary")
    rows = ["NAS-IP-Address = 192.0.2.1", "NAS-Port-Type = Virtual", "NAS-IPv6-Address = 2001:db8::1", "NAS-Port = 7",
            'Cisco-AVPair = "a=1"', 'Cisco-AVPair = "b=2"', 'PaloAlto-Client-OS = "Linux"', "State = 0x000162696e617279",
            'NAS-Identifier = "test"', "Message-Authenticator = 0x"]
    assert [row for row in rows if row not in server.log()] == []


def test_attributes_of_a_reply_come_in_order(nas):
    reply = nas.login("carol", "c")
    assert [row for row in reply.attributes if row[0] != "Message-Authenticator"] == [
        ("Reply-Message", b"hello"), ("Class", b"\x01\x02"), ("Class", b"\x03"), ("Framed-IP-Address", bytes([192, 0, 2, 9]))]
    assert reply.text == "hello" and reply.all("Class") == [b"\1\2", b"\3"] and "State" not in reply


def test_the_same_packet_again_is_a_retransmission_and_a_new_id_is_not(nas):
    packet = nas.login_packet("alice", "wrong")
    first = nas.send(packet)
    # FreeRADIUS drops one that comes while the thread is not quite done with the first; a NAS sends it again.
    again, new = nas.send(packet, timeout=0.5, tries=4), nas.send(packet.again())
    assert first.data == again.data and new.data != first.data and new.code == radius.REJECT


def test_message_authenticator_stands_first_last_or_not_at_all(server, nas):
    assert nas.login_packet("alice", "x").data[20] == radius.SIGNATURE
    assert nas.login_packet("alice", "x", sign="last").data[-18] == radius.SIGNATURE
    for sign in (True, "last", False):
        assert nas.login("alice", server.password("alice"), sign=sign).code == radius.ACCEPT


def test_a_wrong_signature_gets_no_answer_and_a_forged_reply_is_none(server, nas):
    packet = nas.login_packet("alice", "x")
    good = nas.send(packet)
    for place in (0, 4, len(good.data) - 1):
        forged = bytearray(good.data)
        forged[place] ^= 1
        assert packet.accept(bytes(forged), 0) is None
    broken = server.nas(secret=b"another secret", timeout=0.3)
    assert broken.login("alice", server.password("alice")) is None


def test_a_reply_that_is_signed_is_checked(nas):
    """FreeRADIUS 3.2.1 signs replies of EAP only: these bytes are made here."""
    import hmac

    packet = nas.login_packet("alice", "x")
    head = bytes([radius.CHALLENGE, packet.id, 0, 38])
    mark = hmac.digest(nas.secret, head + packet.authenticator + radius.UNSIGNED, "md5")
    for body, good in ((radius.UNSIGNED[:2] + mark, True), (radius.UNSIGNED[:2] + bytes(16), False)):
        data = head + radius.md5(head, packet.authenticator, body, nas.secret) + body
        assert (packet.accept(data, 0) is not None) == good


def test_accounting_is_answered(server):
    assert server.nas().account("Start").code == radius.ACCOUNTED


def test_two_servers_run_beside_each_other_and_ask_each_client_by_its_address(server):
    other = radius_rig.Server("other", port=3812, stepup=False, clients={"one": "127.0.0.2"}).start()
    try:
        assert other.nas("127.0.0.2").login("alice", other.password("alice")).code == radius.ACCEPT
        assert other.nas("127.0.0.3", timeout=0.3).login("alice", other.password("alice")) is None
        assert server.nas("127.0.0.3").login("alice", server.password("alice")).code == radius.ACCEPT
        nas = server.nas("127.0.0.2")
        packet = nas.login_packet("alice", server.password("alice"))
        assert nas.send(packet, port=3812).code == radius.ACCEPT
        other.kill()
        assert nas.send(packet, port=3812, timeout=0.2, tries=2) is None
        assert other.start().up()
    finally:
        other.stop()


def test_a_reload_takes_what_changed(server, nas):
    assert nas.login("dora", "d").code == radius.REJECT
    server.edit("mods-config/files/authorize", r"\A", 'dora Cleartext-Password := "d"\n')
    server.hup()
    assert nas.login("dora", "d").code == radius.ACCEPT


def test_many_at_once_from_one_thread(server):
    server.start()
    nases = [server.nas(f"127.0.0.{number}") for number in range(2, 6)]
    right = (nases[number % 4].login_packet("alice", server.password("alice")) for number in range(2_000))
    results = many(right, in_flight=32)
    assert [result.reply.code for result in results] == [radius.ACCEPT] * 2_000
    assert percentile(results, 0.5) <= percentile(results, 0.99) < 2


def test_conversations_of_several_rounds_and_silence(server, nas):
    def talk(number):
        first = yield nas.login_packet("alice", "wrong" if number % 2 else server.password("alice"))
        if first.code == radius.REJECT:
            yield nas.login_packet("bob", server.password("bob"))

    results = many((talk(number) for number in range(20)), in_flight=3)
    assert [result.rounds for result in results] == [1, 2] * 10
    assert all(result.reply.code == radius.ACCEPT for result in results)
    silent = many([server.nas(secret=b"other").login_packet("alice", "x")] * 2, timeout=0.1, tries=2)
    assert [result.reply for result in silent] == [None, None] and silent[0].seconds >= 0.2
