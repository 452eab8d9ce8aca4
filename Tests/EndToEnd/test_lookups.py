"""Lists of networks, databases of countries, networks and places, calendars of holidays: real files that a real stepupd reads."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import rig

FOLDER = Path("/etc/stepup")


def rule(signal, more="", name="rule", require="otp"):
    return f'[[rule]]\nname = "{name}"\nsignal = "{signal}"\nrequire = "{require}"\n{more}\n'


def policy(*rules):
    return "version = 1\n" + "".join(rules)


def write(path, text):
    """As an updater should: whole, under another name first."""
    new = Path(f"{path}.new")
    new.write_text(text) if isinstance(text, str) else new.write_bytes(text)
    new.rename(path)


def start(host, rules, config, files=None):
    """stepupd under these rules, with these files beside its configuration."""
    host.fresh(policy(), config="")
    for name, text in (files or {}).items():
        write(FOLDER / name, text)
    rig.CONFIG.write_text('host = "trading1"\n' + config)
    rig.POLICY.write_text(policy(*rules))
    host.stop()
    host.start()


def status():
    return {state["name"]: state for state in json.loads(rig.run("stepupctl", "status", "--json").stdout)["lookups"]}


def tried(user="alice", source="127.0.0.1", *options):
    """What would be decided now, by the files as they are: the one rule."""
    (login,) = json.loads(rig.run("stepupctl", "try", user, "--from", source, *options, "--json").stdout)
    return login["decision"]["rules"][0]


# Lists

LIST = '[[list]]\nname = "tor"\nfile = "/etc/stepup/tor.txt"\n'
LISTED = rule("listed", 'lists = ["tor"]')


def test_an_address_of_a_list_is_asked_and_the_list_is_read_again_when_it_changes(host):
    start(host, [LISTED], LIST, {"tor.txt": "# exits\n127.9.0.0/16\n2001:db8::/32\n"})
    token = host.enrol("alice", "--hotp")
    assert host.ssh("alice").prompts == []
    asked = host.ssh("alice", [token.fresh], source="127.9.0.5")
    assert asked.ok and len(asked.prompts) == 1
    decided = [event for event in host.attempt() if event.code == "SU1001"][0].data
    (fact,) = decided["facts"]["lists"]
    text = (FOLDER / "tor.txt").read_bytes()
    digest = subprocess.run(["sha256sum"], input=text, capture_output=True, check=True).stdout.decode()[:32]
    assert fact == {"hash": digest, "list": "tor", "listed": "127.9.0.0/16"}
    assert "because the address is in 127.9.0.0/16, which the list tor has" in rig.run("stepupctl", "explain", "--last").stdout
    assert status()["list tor"]["entries"] == 2
    write(FOLDER / "tor.txt", "127.8.0.0/16\n")
    rig.wait_until(lambda: status()["list tor"]["entries"] == 1, "the new list is read")
    assert host.ssh("alice", source="127.9.0.5").prompts == []
    assert len(host.ssh("alice", [token.fresh], source="127.8.0.5").prompts) == 1


@pytest.mark.parametrize("harm, words", [
    (lambda path: path.unlink(), "No such file"),
    (lambda path: path.write_text("127.9.0.0/16\n127.8.0.0/1"), "its last line has no end: it looks cut off"),
    (lambda path: path.write_text(""), "it is empty"),
    (lambda path: path.write_text("127.9.0.0/16\n127.8.0.1/16\n"), "line 2: '127.8.0.1/16' is no network"),
    (lambda path: path.write_bytes(os.urandom(100_000) + b"\n"), "is no network"),
    (lambda path: path.chmod(0o666), "can be written to by others: chown root and chmod go-w it"),
    (lambda path: (path.unlink(), os.mkfifo(path)), "it is empty"),
    (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
])
def test_a_list_that_cannot_be_read_is_unknown_and_status_says_why(host, harm, words):
    start(host, [LISTED], LIST, {"tor.txt": "127.9.0.0/16\n"})
    token = host.enrol("alice", "--hotp")
    assert host.ssh("alice").prompts == []
    harm(FOLDER / "tor.txt")
    rig.wait_until(lambda: status()["list tor"].get("problem"), "it is noticed")
    assert words in status()["list tor"]["problem"]
    shown = rig.run("stepupctl", "status").stdout
    assert "warning     list tor: " in shown and words in shown
    assert len(host.ssh("alice", [token.fresh]).prompts) == 1, "unknown fires"
    assert host.rule("rule")["result"] == "fired_unknown" and host.rule("rule")["reason"] == "the list cannot be read"
    # And it is good again as soon as it is.
    path = FOLDER / "tor.txt"
    path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    write(path, "127.9.0.0/16\n")
    rig.wait_until(lambda: not status()["list tor"].get("problem"), "it is read again")
    assert host.ssh("alice").prompts == []


def test_a_list_that_nobody_has_renewed_is_unknown(host):
    start(host, [LISTED], LIST + 'max_age = "7d"\n', {"tor.txt": "127.9.0.0/16\n"})
    host.enrol("alice", "--hotp")
    assert host.ssh("alice").prompts == []
    old = time.time() - 8 * 86400
    os.utime(FOLDER / "tor.txt", (old, old))
    rig.wait_until(lambda: status()["list tor"].get("problem") == "older than 7d", "its age is noticed")
    host.ssh("alice")
    assert host.rule("rule")["reason"] == "older than 7d"


def test_a_policy_that_names_a_list_that_nobody_has_is_not_loaded(host, tmp_path):
    start(host, [LISTED], LIST, {"tor.txt": "# nothing\n"})
    file = tmp_path / "p.toml"
    file.write_text(policy(rule("listed", 'lists = ["tro"]')))
    loaded = rig.run("stepupctl", "policy", "load", file, check=False)
    assert loaded.returncode != 0 and "there is no list 'tro'" in loaded.stderr and "[[list]]" in loaded.stderr
    checked = rig.run("stepupctl", "policy", "check", file)
    assert "warning: there is no list 'tro'" in checked.stderr, "a policy may be checked elsewhere than where it will be used"


def test_logins_go_on_while_a_long_list_is_read(host):
    lines = "".join(f"{10 + (n >> 16)}.{n >> 8 & 255}.{n & 255}.0/24\n" for n in range(200_000))
    start(host, [LISTED], LIST, {"tor.txt": "127.9.0.0/16\n"})
    host.enrol("alice", "--hotp")
    write(FOLDER / "tor.txt", lines)
    end = time.monotonic() + 60
    while status()["list tor"]["entries"] != 200_000:
        began = time.monotonic()
        assert host.ssh("alice").prompts == [] and time.monotonic() - began < 5
        assert time.monotonic() < end
    assert host.ssh("alice").prompts == []


# Countries

def number(address):
    return int.from_bytes(bytes(map(int, address.split("."))), "big")


def geoip(*ranges):
    lines = "".join(f"{number(first)},{number(last)},{country}\n" for first, last, country in ranges)
    return "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n" + lines


GEO = '[geo]\ncountry = "/etc/stepup"\n'
TABLES = {
    "geoip": geoip(("127.0.0.0", "127.8.255.255", "CH"), ("127.9.0.0", "127.9.255.255", "SG")),
    "geoip6": "2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,JP\n",
}


def test_a_new_country_is_asked_and_the_day_of_the_data_is_recorded(host):
    start(host, [rule("country_new")], GEO, TABLES)
    token = host.enrol("alice", "--hotp")
    assert len(host.ssh("alice", [token.fresh]).prompts) == 1
    rig.wait_until(lambda: host.latest("SU1005"), "the session is recorded")
    assert host.ssh("alice", source="127.7.0.1").prompts == [], "the same country"
    asked = host.ssh("alice", [token.fresh], source="127.9.0.5")
    assert asked.ok and len(asked.prompts) == 1 and host.rule("rule")["operands"]["country"] == "SG"
    locality = [event for event in host.attempt() if event.code == "SU1001"][0].data["facts"]["locality"]
    assert locality["country"] == {"known": "SG"} and locality["databases"][0].startswith("country 2026-06-25 ")
    assert host.ssh("alice", source="127.99.0.1").prompts != [], "no entry is unknown"
    assert host.rule("rule")["reason"] == "no entry"


def test_who_is_in_two_places_at_once_is_asked_but_not_through_an_egress_network(host):
    travel = [rule("travel"), rule("cold_start", "fewer_than = 1", name="first")]
    start(host, travel, GEO + 'egress = ["127.9.7.0/24"]\n', TABLES)
    token = host.enrol("alice", "--hotp")
    assert len(host.ssh("alice", [token.fresh]).prompts) == 1
    rig.wait_until(lambda: host.latest("SU1005"), "the session is recorded")
    assert host.ssh("alice", source="127.9.7.1").prompts == []
    assert host.rule("rule")["result"] == "not_applicable"
    assert len(host.ssh("alice", [token.fresh], source="127.9.0.5").prompts) == 1
    operands = host.rule("rule")["operands"]
    assert 9_900 < operands["km"] < 10_400 and operands["kmh"] > 800 and operands["above_kmh"] == 800
    assert "km at least since the login of" in rig.run("stepupctl", "explain", "--last").stdout


def test_debians_own_database_is_read(host):
    # Of the real files the first lines: a debug build takes its time over all.
    files = {name: "".join(open(f"/usr/share/tor/{name}").readlines()[:20_000]) for name in ["geoip", "geoip6"]}
    start(host, [rule("country_listed", 'outside = ["CH"]')], GEO, files)
    state = status()["country database"]
    assert state["entries"] > 30_000 and not state.get("problem")
    assert tried("alice", "1.0.0.1")["operands"]["country"] == "AU"
    assert tried("alice", "2001:200::1")["operands"]["country"] == "JP"
    assert tried("alice", "10.0.0.1")["reason"] == "no entry"


@pytest.mark.parametrize("harm", [
    lambda text: text[: len(text) // 2 - 3], lambda text: "", lambda text: text + "1,2,CH\n", lambda text: text.replace("CH", "c"),
])
def test_a_damaged_table_of_countries_is_unknown(host, harm):
    start(host, [rule("country_new", 'on_unknown = "skip"')], GEO, TABLES)
    host.enrol("alice", "--hotp")
    (FOLDER / "geoip").write_text(harm(TABLES["geoip"]))
    rig.wait_until(lambda: status()["country database"].get("problem"), "it is noticed")
    assert host.ssh("alice").prompts == []
    assert host.rule("rule")["reason"] == "the database cannot be read"


def test_a_database_that_is_too_old_is_unknown(host):
    start(host, [rule("country_new")], GEO + 'max_age = "30d"\n', {**TABLES, "geoip": TABLES["geoip"].replace("2026", "2021")})
    assert status()["country database"]["problem"] == "older than 30d"
    assert tried()["reason"] == "older than 30d"


# MaxMind's format

WRITER = r"""
use open qw(:std :utf8);
use Encode;
@ARGV = map { decode("UTF-8", $_) } @ARGV;
use MaxMind::DB::Writer::Tree;
my ($file, $type, @networks) = @ARGV;
my %types = (country => 'map', iso_code => 'utf8_string', autonomous_system_number => 'uint32',
             autonomous_system_organization => 'utf8_string', location => 'map', latitude => 'double', longitude => 'double',
             accuracy_radius => 'uint16');
my $tree = MaxMind::DB::Writer::Tree->new(ip_version => 6, record_size => 24, database_type => $type, languages => ['en'],
    description => { en => 'a test' }, map_key_type_callback => sub { $types{$_[0]} }, remove_reserved_networks => 0);
for (@networks) {
    my ($network, $country, $number, $name, $latitude, $longitude, $radius) = split /;/;
    $tree->insert_network($network, { country => { iso_code => $country }, autonomous_system_number => $number,
        autonomous_system_organization => $name,
        location => { latitude => $latitude, longitude => $longitude, accuracy_radius => $radius } });
}
open my $out, '>:raw', $file or die $!;
$tree->write_tree($out);
"""


@pytest.fixture(scope="module")
def mmdb(tmp_path_factory):
    """A database with all that MaxMind's three have."""
    file = tmp_path_factory.mktemp("mmdb") / "test.mmdb"
    rig.run("perl", "-e", WRITER, file, "Test-City", "127.0.0.0/13;CH;3303;Swisscom (Schweiz) AG;47.37;8.54;20",
            "127.8.0.0/16;CH;6730;Sunrise \N{LATIN SMALL LETTER U WITH DIAERESIS}ber alles \"" + "x" * 100 + ";46.2;6.14;20",
            "127.9.0.0/16;SG;4657;StarHub;1.29;103.85;50", "2001:db8::/32;JP;2497;IIJ;35.69;139.69;100")
    return file.read_bytes()


MMDB = '[geo]\ncountry = "/etc/stepup/c.mmdb"\nasn = "/etc/stepup/a.mmdb"\nplace = "/etc/stepup/p.mmdb"\n'


def test_maxminds_databases_give_network_organisation_and_place(host, mmdb):
    rules = [rule("asn_new", name="asn"), rule("asn_novel_org", name="org"), rule("travel", name="rule", more='on_unknown = "skip"')]
    start(host, rules, MMDB, {name: mmdb for name in ["c.mmdb", "a.mmdb", "p.mmdb"]})
    token = host.enrol("alice", "--hotp")
    assert len(host.ssh("alice", [token.fresh]).prompts) == 1
    rig.wait_until(lambda: host.latest("SU1005"), "the session is recorded")
    assert host.ssh("alice", source="127.5.0.1").prompts == []
    assert len(host.ssh("alice", [token.fresh], source="127.8.0.1").prompts) == 1
    assert host.rule("asn")["operands"]["asn"] == "AS6730"
    assert host.rule("org")["operands"]["organisation"].startswith('Sunrise \N{LATIN SMALL LETTER U WITH DIAERESIS}ber alles "xxx')
    assert len(host.rule("org")["operands"]["organisation"].encode()) <= 48
    assert host.rule("rule")["result"] == "quiet", "from Zurich to Geneva is no journey"
    rig.wait_until(lambda: len(host.events("--code", "SU1005")) == 3, "the session is recorded")
    assert len(host.ssh("alice", [token.fresh], source="127.9.0.1").prompts) == 1
    assert host.rule("rule")["operands"]["km"] > 10_000
    locality = [event for event in host.attempt() if event.code == "SU1001"][0].data["facts"]["locality"]
    assert locality["place"] == {"known": [129, 10385, 50]} and len(locality["databases"]) == 3


def test_a_database_that_is_cut_while_it_is_in_use_ends_nothing(host, mmdb):
    start(host, [rule("asn_new")], MMDB, {name: mmdb for name in ["c.mmdb", "a.mmdb", "p.mmdb"]})
    token = host.enrol("alice", "--hotp")
    assert len(host.ssh("alice", [token.fresh]).prompts) == 1
    for name in ["c.mmdb", "a.mmdb", "p.mmdb"]:
        os.truncate(FOLDER / name, 10)
    assert len(host.ssh("alice", [token.fresh], source="127.9.0.1").prompts) == 1
    rig.wait_until(lambda: status()["AS database"].get("problem"), "it is noticed")
    assert "not a MaxMind database" in status()["AS database"]["problem"]
    host.ssh("alice")
    assert host.rule("rule")["reason"] == "the database cannot be read"
    assert host.daemon.poll() is None


def test_damaged_databases_are_unknown_or_wrong_and_never_a_crash(host, mmdb):
    start(host, [rule("asn_new", 'on_unknown = "skip"')], '[geo]\ncountry = "none"\nasn = "/etc/stepup/a.mmdb"\n', {"a.mmdb": mmdb})
    for seed in range(60):
        damaged = bytearray(mmdb)
        for step in range(1 + seed % 7):
            damaged[hash((seed, step)) % len(damaged)] ^= 1 << (seed % 8)
        write(FOLDER / "a.mmdb", bytes(damaged))
        for source in ["127.0.0.1", "127.9.0.1", "2001:db8::1", "255.255.255.255"]:
            done = rig.run("stepupctl", "try", "alice", "--from", source, check=False)
            assert done.returncode in (0, 1), done.stderr
    assert host.daemon.poll() is None


# Holidays

def weekdays(calendar):
    return 'inside = { days = ["mon", "tue", "wed", "thu", "fri"], hours = "07:00-19:00", zone = "Europe/Zurich", holidays = "%s" }' % calendar


ICS = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20261225\r\n"
       "RRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


def test_a_holiday_of_an_icalendar_file_or_of_the_policy_is_outside_the_window(host):
    calendars = '[[holidays]]\nname = "zurich"\nfile = "/etc/stepup/zurich.ics"\n'
    start(host, [rule("calendar", weekdays("zurich"))], calendars, {"zurich.ics": ICS})
    for day, fires in [("2026-12-24", False), ("2026-12-25", True), ("2028-12-25", True), ("2026-12-28", False)]:
        said = tried("alice", "127.0.0.1", "--at", f"{day}T09:00:00Z")
        assert (said["result"] == "fired") == fires, day
    host.ssh("alice")
    (fact,) = [event for event in host.attempt() if event.code == "SU1001"][0].data["facts"]["holidays"]
    assert fact["calendar"] == "zurich" and "today" in fact["days"]["known"] and len(fact["hash"]) == 32
    (FOLDER / "zurich.ics").write_text(ICS[:-30])
    rig.wait_until(lambda: status()["calendar zurich"].get("problem"), "it is noticed")
    assert "cut off" in status()["calendar zurich"]["problem"]
    assert tried("alice", "127.0.0.1", "--at", "2026-12-28T09:00:00Z")["reason"] == "the calendar cannot be read"
    rig.POLICY.write_text(policy('[holidays]\nours = ["2026-12-24"]\n', rule("calendar", weekdays("ours"))))
    host.signal(signal.SIGHUP)
    assert tried("alice", "127.0.0.1", "--at", "2026-12-24T09:00:00Z")["result"] == "fired"
    assert tried("alice", "127.0.0.1", "--at", "2026-12-23T09:00:00Z")["result"] == "quiet"


# libloc's format

LOC = Path("/usr/share/libloc-location/location.db")


def test_debians_database_of_systems_is_read_when_its_signature_is_good_and_only_then(host):
    start(host, [rule("asn_new", 'on_unknown = "skip"')], '[geo]\ncountry = "none"\nasn = "/etc/stepup/location.db"\n')
    host.enrol("alice", "--hotp")
    assert host.ssh("alice").prompts == [], "a file that is not there keeps nobody waiting"
    whole = LOC.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for bytes_, words in [(whole[:5_000_000], "cut off"), (whole[:100], "cut off"), (bytes(flipped), "its signature is not good"),
                          (b"x" * 10_000, "not a database of libloc")]:
        write(FOLDER / "location.db", bytes_)
        rig.wait_until(lambda: words in (status()["AS database"].get("problem") or ""), words, seconds=30)
    write(FOLDER / "location.db", whole)
    # A debug build takes its time over 1.3 million networks; meanwhile logins go on.
    end = time.monotonic() + 120
    while status()["AS database"].get("problem"):
        assert time.monotonic() < end and host.ssh("alice").prompts == []
    assert status()["AS database"]["entries"] > 100_000
    assert tried("alice", "8.8.8.8")["operands"]["asn"] == "AS15169"
    host.ssh("alice")
    assert host.rule("rule")["reason"] == "no entry"
