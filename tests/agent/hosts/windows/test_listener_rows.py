"""Who listens where: one row an address and port, with what is known of the process."""

from farmsight_agent.hosts.windows.http.listener_rows import Socket, listeners


def rows(*sockets, names=None, services=None, accounts=None):
    made = [Socket(address=address, port=port, process_id=pid) for address, port, pid in sockets]
    accounts = accounts or {}
    return listeners(made, names=names or {}, services=services or {}, account_of=lambda pid: accounts.get(pid, ""))


def test_http_sys_is_the_system_process():
    [one] = rows(("0.0.0.0", 49443, 4), names={4: "ntoskrnl.exe"})

    assert (one.process_id, one.process_name, one.account) == (4, "System", "NT AUTHORITY\\SYSTEM")
    assert one.service == ""


def test_another_holder_is_named_with_its_services_and_account():
    [one] = rows(
        ("0.0.0.0", 443, 2688),
        names={2688: "nginx.exe"},
        services={2688: ["nginx", "Angie"]},
        accounts={2688: "CONTOSO\\web"},
    )

    assert (one.process_name, one.service, one.account) == ("nginx.exe", "Angie,nginx", "CONTOSO\\web")


def test_what_is_not_known_of_a_process_stays_empty():
    [one] = rows(("::", 443, 2688))
    [nobody] = rows(("::", 443, 0), names={0: "[System Process]"}, services={0: ["stopped"]})

    assert (one.process_id, one.process_name, one.service, one.account) == (2688, "", "", "")
    assert (nobody.process_id, nobody.process_name, nobody.service, nobody.account) == (0, "", "", "")


def test_each_address_and_port_comes_once_in_their_order():
    found = rows(("::", 443, 4), ("0.0.0.0", 443, 9), ("0.0.0.0", 443, 7), ("0.0.0.0", 80, 0), ("fe80::1%7", 80, 5))

    assert [(one.address, one.port, one.process_id) for one in found] == [
        ("0.0.0.0", 80, 0),
        ("0.0.0.0", 443, 7),
        ("::", 443, 4),
        ("fe80::1", 80, 5),
    ]


def test_without_sockets_nothing_listens():
    assert rows() == ()
