"""Calls every method of the API over a unix socket and prints each answer."""
import sys, time, warnings, xmlrpc.client
warnings.simplefilter("ignore")
from supervisor.xmlrpc import SupervisorTransport

url, folder = sys.argv[1:]
server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=SupervisorTransport(None, None, url))


def plain(value):
    if isinstance(value, dict):
        return {key: "NUMBER" if key in ("start", "stop", "now", "pid") and value[key] else plain(value[key])
                for key in value}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def by_name(answer):
    """Results come in the order in which processes reach their states, which is chance."""
    is_results = isinstance(answer, list) and answer and isinstance(answer[0], dict) and "status" in answer[0]
    return sorted(answer, key=lambda result: (result["group"], result["name"])) if is_results else answer


def call(name, *arguments):
    method = server
    for part in name.split("."):
        method = getattr(method, part)
    try:
        answer = by_name(plain(method(*arguments)))
    except xmlrpc.client.Fault as fault:
        answer = "fault %d %s" % (fault.faultCode, fault.faultString)
    except xmlrpc.client.ProtocolError as error:
        answer = "HTTP %d" % error.errcode
    print(name, arguments, "->", repr(answer))


s = "supervisor."
call("system.listMethods")
for method in server.system.listMethods():
    call("system.methodSignature", method)
call("system.methodSignature", "nothing")
call("system.methodHelp", "nothing")
for method in ("getAPIVersion", "getVersion", "getSupervisorVersion", "getIdentification", "getState"):
    call(s + method)
    call(s + method, 1)
print(type(server.supervisor.getPID()))
for name in ("cat", "g:ga", "nothing", "g", "g:*", "g:nothing", ""):
    call(s + "getProcessInfo", name)
call(s + "getAllProcessInfo")
call(s + "getAllConfigInfo")
call(s + "startProcess", "sleeper", False)
call(s + "startProcess", "sleeper")
call(s + "startProcess", "many:*")
call(s + "startProcess", "many:many_00", False)
for name in ("nofile", "notexec", "quick", "nothing", "nothing:*"):
    call(s + "startProcess", name)
call(s + "startProcess")
call(s + "startProcess", "a", "b", "c")
call(s + "startProcessGroup", "g")
call(s + "startProcessGroup", "g", False)
call(s + "startProcessGroup", "nothing")
call(s + "signalProcess", "cat", "CONT")
call(s + "signalProcess", "cat", 18)
call(s + "signalProcess", "cat", "18")
call(s + "signalProcess", "cat", "WRONG")
call(s + "signalProcess", "g:*", "SIGCONT")
call(s + "signalProcess", "quick", "CONT")
call(s + "signalProcess", "nothing", "CONT")
call(s + "signalProcessGroup", "g", "CONT")
call(s + "signalProcessGroup", "g", "WRONG")
call(s + "signalProcessGroup", "nothing", "CONT")
call(s + "signalAllProcesses", "CONT")
call(s + "sendProcessStdin", "cat", "h\u00e9llo\n")
call(s + "sendProcessStdin", "quick", "x")
call(s + "sendProcessStdin", "nothing", "x")
call(s + "sendRemoteCommEvent", "type", "data")
while server.supervisor.readProcessStdoutLog("cat", 0, 0) == "":
    time.sleep(0.01)
for offset, length in ((0, 0), (0, 3), (2, 2), (2, 0), (-4, 0), (-400, 0), (-2, 2), (1, -1), (900, 0), (900, 5), ("0", "2")):
    call(s + "readProcessStdoutLog", "cat", offset, length)
    call(s + "readProcessLog", "cat", offset, length)
    call(s + "tailProcessStdoutLog", "cat", offset, length)
for offset, length in ((0, 6), (0, 7), (0, 100), (5, 100), (7, 100), (3, 2), (-3, 2), (-3, 20)):
    call(s + "tailProcessStdoutLog", "cat", offset, length)
    call(s + "tailProcessLog", "cat", offset, length)
for method in ("readProcessStderrLog", "tailProcessStderrLog", "readProcessStdoutLog", "tailProcessStdoutLog"):
    for name in ("cat", "silent", "nothing", "g:*"):
        call(s + method, name, 0, 10)
    call(s + method, "cat")
print(server.supervisor.readLog(0, 4)[:2], server.supervisor.readMainLog(-1, 0))
call(s + "readLog", -1, 1)
call(s + "readLog", 0, -1)
call(s + "clearLog")
call(s + "clearProcessLogs", "cat")
call(s + "clearProcessLog", "cat")
call(s + "clearProcessLogs", "nothing")
call(s + "clearProcessLogs", "g:*")
call(s + "readProcessStdoutLog", "cat", 0, 0)
call(s + "clearAllProcessLogs")
call(s + "stopProcess", "sleeper")
call(s + "stopProcess", "sleeper")
call(s + "stopProcess", "many:*")
call(s + "stopProcess", "nothing")
call(s + "stopProcess", "nothing:*")
call(s + "stopProcessGroup", "many")
call(s + "stopProcessGroup", "nothing")
call(s + "startProcessGroup", "many", False)
call(s + "stopProcess", "many:many_00", False)
call(s + "reloadConfig")
call(s + "addProcessGroup", "cat")
call(s + "addProcessGroup", "nothing")
call(s + "removeProcessGroup", "cat")
call(s + "removeProcessGroup", "nothing")
call(s + "removeProcessGroup", "quick")
call(s + "addProcessGroup", "quick")
call(s + "nothing")
call("nothing.getState")
call(s + "_update", "x")
call("supervisor.supervisor.getState")
call("getState")
call("system.multicall", [
    {"methodName": "supervisor.getState", "params": []}, {"methodName": "supervisor.getIdentification"},
    {"methodName": "supervisor.stopProcess", "params": ["sleeper"]}, {"methodName": "system.multicall", "params": []},
    {"methodName": "supervisor.startProcess", "params": ["sleeper"]}, {"params": []},
    {"methodName": "nothing", "params": []}, {"methodName": "supervisor.getState", "params": [1]}])
call("system.multicall", [])
print(by_name(plain(server.supervisor.stopAllProcesses())))
call(s + "startAllProcesses", False)
call(s + "shutdown")
call(s + "getState")
call(s + "startProcess", "cat")
call(s + "shutdown")
