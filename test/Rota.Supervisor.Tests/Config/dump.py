"""Prints, for each file named, what supervisor's own reader makes of it: one line of JSON, or {"refused": ...}."""
import io, json, os, signal, sys, warnings
warnings.simplefilter("ignore")
from supervisor import datatypes, loggers, options

AUTO = datatypes.Automatic
RESTART = {datatypes.RestartUnconditionally: "Always", datatypes.RestartWhenExitUnexpected: "Unexpected", False: "Never"}
LEVELS = {getattr(loggers.LevelsByName, n): n for n in ("CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT")}


def log(process, channel):
    path = getattr(process, channel + "_logfile")
    names = ("logfile_maxbytes", "logfile_backups", "capture_maxbytes", "events_enabled", "syslog")
    return ["auto" if path is AUTO else path] + [getattr(process, "%s_%s" % (channel, name)) for name in names]


def dump_process(process, daemon):
    own = dict(process.environment)
    return dict(name=process.name, command=process.command, priority=process.priority, autostart=process.autostart,
                startsecs=process.startsecs, startretries=process.startretries,
                autorestart=RESTART[process.autorestart], exitcodes=process.exitcodes,
                stopsignal=int(process.stopsignal), stopwaitsecs=process.stopwaitsecs,
                stopasgroup=process.stopasgroup, killasgroup=process.killasgroup, uid=process.uid,
                directory=process.directory, umask=process.umask, serverurl=process.serverurl,
                redirect_stderr=process.redirect_stderr, environment=own, words=words(process.command),
                stdout=log(process, "stdout"), stderr=log(process, "stderr"))


def words(command):
    import shlex
    try:
        return shlex.split(command)
    except ValueError:
        return None


def dump_group(group, daemon):
    processes = sorted(group.process_configs)
    result = dict(name=group.name, priority=group.priority, kind=type(group).__name__,
                  processes=[dump_process(process, daemon) for process in processes])
    if hasattr(group, "pool_events"):
        from supervisor.events import EventTypes
        names = {value: key for key, value in vars(EventTypes).items()}
        result["events"] = sorted(names[event] for event in group.pool_events)
        result["buffer"] = group.buffer_size
    if hasattr(group, "socket_config"):
        socket = group.socket_config
        owner = getattr(socket, "owner", None)
        result["socket"] = [socket.url, socket.backlog, list(owner) if owner else None, getattr(socket, "mode", 0o700)]
    return result


def dump(path):
    read = options.ServerOptions()
    read.stderr = read.stdout = io.StringIO()
    try:
        read.realize(["-c", path], doc="")
    except SystemExit:
        return dict(refused=read.stderr.getvalue())
    except Exception as error:
        return dict(refused=repr(error))
    root = read.configroot.supervisord
    daemon = root.environment
    return dict(
        daemon=dict(logfile=read.logfile, logfile_maxbytes=read.logfile_maxbytes, logfile_backups=read.logfile_backups,
                    loglevel=LEVELS[read.loglevel], pidfile=read.pidfile, umask=read.umask, nodaemon=bool(read.nodaemon),
                    silent=bool(read.silent), minfds=read.minfds, minprocs=read.minprocs,
                    nocleanup=bool(read.nocleanup), childlogdir=read.childlogdir, uid=read.uid,
                    directory=read.directory, strip_ansi=bool(read.strip_ansi), identifier=read.identifier,
                    environment=daemon),
        servers=[[server.get("file"), server.get("host"), server.get("port"), server["username"], server["password"],
                  server.get("chmod"), list(server["chown"]) if "chown" in server else None]
                 for server in read.server_configs],
        groups=[dump_group(group, daemon) for group in read.process_group_configs])


for path in sys.stdin.read().split("\n"):
    if path:
        print(json.dumps(dump(path), sort_keys=True))
