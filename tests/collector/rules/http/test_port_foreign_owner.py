"""Another process on the certificate port is named."""

from farmsight_collector.rules.http.port_foreign_owner import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_the_process_that_holds_the_port_is_named():
    plan = healthy()
    plan.edit("WAP01", "listener", "0.0.0.0:49443", process_id=2204, process_name="agentd.exe")
    fires(RULE, plan, "WAP01", subject="port 49443")


def test_another_process_on_another_port_is_its_own_affair():
    plan = healthy()
    plan.put("WAP01", "0.0.0.0:8080", pb.Listener(address="0.0.0.0", port=8080, process_id=7, process_name="x.exe"))
    silent(RULE, plan)


def test_only_windows_has_http_sys():
    plan = healthy()
    plan.edit("WAP01", "host", "WAP01", os_name="Debian GNU/Linux")
    plan.edit("WAP01", "listener", "0.0.0.0:49443", process_id=2204, process_name="nginx")
    silent(RULE, plan)


def test_a_table_that_could_not_be_read_is_in_doubt():
    plan = healthy()
    plan.lose("WAP01", "listener")
    cannot_tell(RULE, plan, "WAP01")
