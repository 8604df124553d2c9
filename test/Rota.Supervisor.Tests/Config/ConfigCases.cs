namespace Rota.Supervisor.Tests.Config;

/// <summary>Files that supervisord and we read: what it takes we take with the same meaning, what it refuses we refuse.
/// </summary>
internal static class ConfigCases
{
    private const string Daemon = "[supervisord]\n";

    /// <summary>Beside the main files, for `[include]`.</summary>
    public static (string Name, string Text)[] Included { get; } =
    [
        ("conf.d/a.conf", "[program:a]\ncommand=%(here)s/a\n[program:shared]\ncommand=from-a\n"),
        ("conf.d/b.conf", "[program:b]\ncommand=b %(ENV_ROTA_TEST)s\n[program:shared]\ncommand=from-b\n"),
        ("conf.d/.hidden.conf", "[program:hidden]\ncommand=x\n"),
        ("conf.d/note.txt", "this is no configuration"),
        ("more/deep/c1.ini", "[program:c1]\ncommand=%(here)s/c\n[include]\nfiles=../../conf.d/*.conf\n"),
        ("more/deep/c2.ini", "[program:c2]\ncommand=c\ndirectory=%(here)s\n"),
    ];

    public static string[] Good { get; } =
    [
        "[supervisord]",
        "[supervisord]\nlogfile=/tmp/x.log\nlogfile_maxbytes=1KB\nlogfile_backups=3\nloglevel=DEBUG\n"
            + "pidfile=/tmp/x.pid\n"
            + "umask=077\nnodaemon=yes\nsilent=on\nminfds=100\nminprocs=50\nnocleanup=1\nchildlogdir=/tmp\n"
            + "directory=/\nstrip_ansi=true\nidentifier=me\nenvironment=A=\"1\",B=two\n",
        Daemon + "[program:cat]\ncommand=/bin/cat -u ; the program\n  -v\n",
        Daemon + "[program:x]\ncommand = a b\nCOMMAND: c d\npriority=1_0\n",
        Daemon + "[program:x]\ncommand=sh -c \"a;b\" x;y\n",
        Daemon + "[program:x]\ncommand=a;b ;c #d\n",
        Daemon + "[program:x]\ncommand=a #b\n# comment\n;comment\n   ; comment\ndirectory=/tmp;nocomment\n",
        Daemon + "[program:x]\ncommand=a\n\n   b\n\n\n   c\n\n[program:y]\ncommand=y\n",
        Daemon + "[program:x] ; comment\ncommand=a\n[program:x] trailing words\npriority=5\n[a]b]\nc=d\n",
        Daemon + "[DEFAULT]\nstartsecs=7\nhere_dir=%(here)s\n[program:x]\ncommand=a\n[program:y]\ncommand=b\n"
            + "startsecs=2\n",
        Daemon + "[program:x]\ncommand=%(program_name)s %(group_name)s %(numprocs)d %(process_num)03d %(here)s 100%%\n"
            + "process_name=%(program_name)s_%(process_num)02d\nnumprocs=3\nnumprocs_start=9\n",
        Daemon + "[program:x]\ncommand=x\nprocess_name=%(process_num)002d-%(host_node_name)s\nnumprocs=2\n",
        Daemon + "[program:x]\ncommand=a %(process_num)5d|%(process_num)-5d|%(process_num)+d|%(process_num)x|"
            + "%(process_num)s|%(program_name)5s|%(program_name)-5s|%(program_name).1s|%(program_name)r\n"
            + "numprocs_start=-3\n",
        Daemon + "[program:x]\ncommand=%(ENV_ROTA_TEST)s %(ENV_OWN)s\nenvironment=OWN=\"%(process_num)d %%\"\n",
        "[supervisord]\nenvironment=ALL=\"all\",ROTA_TEST=\"other\"\n"
            + "[program:x]\ncommand=%(ENV_ALL)s %(ENV_ROTA_TEST)s\nuser=%(ENV_USERID)s\n",
        Daemon + "[program:x]\ncommand=a\nenvironment=A=1,B=\"x,y\",C='q \"q\" q',D=a/b.c+d-e():f , E = "
            + "\"\",F=x\"y\"\n",
        Daemon + "[program:x]\ncommand=a\nenvironment=\n  A=1,\n  B=\"2#no;comment\",\n  C=3\n",
        Daemon + "[program:x]\ncommand=a\nenvironment=A=\u00e4b\n",
        Daemon + "[program:x]\ncommand=a\nenvironment=A=1;B=2:3 , C=3,A=5,\n",
        Daemon + "[program:x]\ncommand=a\nautostart=false\nautorestart=true\nstartsecs=0\nstartretries=9\n"
            + "stopsignal=usr1\nstopwaitsecs=2\nexitcodes=0,2 , 255\nredirect_stderr=true\nstderr_logfile=/tmp/e.log\n",
        Daemon + "[program:x]\ncommand=a\nstopsignal=SIGINT\nstopasgroup=true\nautorestart=off\nexitcodes=\n"
            + "umask=0o27\n",
        Daemon + "[program:x]\ncommand=a\nstopsignal=9\nkillasgroup=true\nautorestart=Unexpected\numask=7\n",
        Daemon + "[program:x]\ncommand=a\nstdout_logfile=NONE\nstderr_logfile=off\nstdout_logfile_maxbytes=0\n",
        Daemon + "[program:x]\ncommand=a\nstdout_logfile=/tmp/%(program_name)s-%(process_num)d.log\n"
            + "stderr_logfile=AUTO\n"
            + "stdout_logfile_maxbytes=2 "
                + "MB\nstderr_logfile_maxbytes=1gb\nstdout_logfile_backups=0\nstdout_capture_maxbytes=1KB\n"
            + "stderr_capture_maxbytes=5\nstdout_events_enabled=true\nstderr_events_enabled=1\nstderr_syslog=true\n",
        Daemon + "[program:x]\ncommand=a\nstdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n"
            + "stderr_logfile=syslog\n",
        Daemon + "[program:x]\ncommand=a\nstdout_logfile=relative.log\nuser=root\nserverurl=auto\n",
        Daemon + "[program:x]\ncommand=a\nserverurl=http://there:1\nuser=0\ndirectory=/not/there\n",
        Daemon + "[program:x]\ncommand=a\nnumprocs=0\n[program:y]\ncommand=\n[program:z]\ncommand=sh -c \"open\n",
        Daemon + "[program:b]\ncommand=b\npriority=5\n[program:a]\ncommand=a\n[program:c]\ncommand=c\npriority=-1\n",
        Daemon + "[group:g]\nprograms=a, b\npriority=3\n[program:a]\ncommand=a %(group_name)s\npriority=7\n"
            + "[program:b]\ncommand=b\n[program:c]\ncommand=c\n[fcgi-program:b2]\ncommand=x\nsocket=tcp://h:1\n",
        Daemon + "[group:g]\nprograms=f\n[fcgi-program:f]\ncommand=f\nsocket=unix:///tmp/f.sock\n[group:empty]\n"
            + "priority=1\n",
        Daemon + "[group:g]\nprograms=a\n[group:h]\nprograms=a\n[program:a]\ncommand=%(group_name)s\n",
        Daemon + "[eventlistener:l]\ncommand=l\nevents=process_state, TICK_5,EVENT,TICK_5\n",
        Daemon + "[eventlistener:l]\ncommand=l\nevents=TICK\nbuffer_size=1\npriority=4\nnumprocs=2\n"
            + "process_name=%(program_name)s%(process_num)s\n",
        Daemon + "[fcgi-program:f]\ncommand=f\nsocket=tcp://LocalHost:9000\nsocket_backlog=7\n",
        Daemon + "[fcgi-program:f]\ncommand=f\nsocket=unix:///tmp/../tmp/%(program_name)s.sock\nsocket_mode=0600\n"
            + "socket_owner=root:root\n[fcgi-program:g]\ncommand=g\nuser=nobody\nsocket=unix:///tmp/g.sock\n",
        Daemon + "[inet_http_server]\nport=9001\n[unix_http_server]\nfile=%(here)s/s.sock\n",
        Daemon + "[inet_http_server]\nport=*:9001\nusername=a\npassword=50%%\n[inet_http_server:two]\nport=Host:9002\n",
        Daemon + "[inet_http_server]\nport=::1:9001\n[unix_http_server]\nfile=/tmp/a/../s.sock\nchmod=0770\n"
            + "chown=root\n",
        Daemon + "[unix_http_server]\nfile=~/s.sock\nchown=nobody:nogroup\nusername=%(ENV_ROTA_TEST)s\n"
            + "password={SHA}ab\n",
        Daemon + "[rpcinterface:supervisor]\n"
            + "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
        Daemon + "[include]\nfiles=conf.d/*.conf\n",
        Daemon + "[include]\nfiles = conf.d/[ab].conf\n  nothing/*.ini "
            + "%(here)s/more/*/c?.ini\n[program:m]\ncommand=%(here)s\n",
        Daemon + "[include]\nfiles=conf.d conf.d/[!a].conf\n",
        "[supervisord]\r\nidentifier=crlf\r\n[program:x]\r\ncommand=a\r\n  b\r\n",
        "; comment\n\n[supervisord]\nunknown=1\n[nonsense]\na=b\n[program:ünï]\ncommand=ö \"ä ß\"\n",
    ];

    public static string[] Bad { get; } =
    [
        "",
        "[program:x]\ncommand=a\n",
        "command=a\n[supervisord]\n",
        "[supervisord]\nthis is nothing\n",
        "[supervisord]\n=value\n",
        "[]\n[supervisord]\n",
        "[supervisord]\nnodaemon=maybe\n",
        "[supervisord]\nminfds=many\n",
        "[supervisord]\nminprocs=1__0\n",
        "[supervisord]\nloglevel=loud\n",
        "[supervisord]\nlogfile_maxbytes=5TB\n",
        "[supervisord]\nlogfile=/not/there/x.log\n",
        "[supervisord]\nchildlogdir=/not/there\n",
        "[supervisord]\ndirectory=/not/there\n",
        "[supervisord]\numask=9\n",
        "[supervisord]\nuser=nobody-of-that-name\n",
        "[supervisord]\nidentifier=%(unknown)s\n",
        "[supervisord]\nidentifier=50% off\n",
        "[supervisord]\nenvironment=A\n",
        "[supervisord]\nenvironment=A=\"1\n",
        "[supervisord]\nenvironment=A=\"%%\"\n",
        Daemon + "[program:x]\n",
        Daemon + "[program:x y]\ncommand=a\n",
        Daemon + "[program:a/b]\ncommand=a\n",
        Daemon + "[program:a:b]\ncommand=a\n",
        Daemon + "[program:x]\ncommand=a\nprocess_name=a:b\n",
        Daemon + "[program:x]\ncommand=a\nnumprocs=2\n",
        Daemon + "[program:x]\ncommand=a\nnumprocs=two\n",
        Daemon + "[program:x]\ncommand=%(process_nun)s\n",
        Daemon + "[program:x]\ncommand=date +%Y\n",
        Daemon + "[program:x]\ncommand=%(program_name)d\n",
        Daemon + "[program:x]\ncommand=%(program_name\n",
        Daemon + "[program:x]\ncommand=100%\n",
        Daemon + "[program:x]\ncommand=%(ENV_NOT_THERE_AT_ALL)s\n",
        Daemon + "[program:x]\ncommand=a\nstartsecs=1.5\n",
        Daemon + "[program:x]\ncommand=a\nstartsecs=%(process_num)d\n",
        Daemon + "[program:x]\ncommand=a\nautorestart=sometimes\n",
        Daemon + "[program:x]\ncommand=a\nexitcodes=256\n",
        Daemon + "[program:x]\ncommand=a\nexitcodes=-1\n",
        Daemon + "[program:x]\ncommand=a\nexitcodes=0;1\n",
        Daemon + "[program:x]\ncommand=a\nstopsignal=STOPIT\n",
        Daemon + "[program:x]\ncommand=a\nstopsignal=99\n",
        Daemon + "[program:x]\ncommand=a\nstopasgroup=true\nkillasgroup=false\n",
        Daemon + "[program:x]\ncommand=a\nuser=99999999\n",
        Daemon + "[program:x]\ncommand=a\numask=abc\n",
        Daemon + "[program:x]\ncommand=a\nenvironment=A=1,B\n",
        Daemon + "[program:x]\ncommand=a\nstdout_logfile=/not/there/x.log\n",
        Daemon + "[program:x]\ncommand=a\nstdout_logfile=/tmp/100%%.log\n",
        Daemon + "[program:x]\ncommand=a\nstdout_capture_maxbytes=x\n",
        Daemon + "[group:g]\nprograms=nothing\n",
        Daemon + "[group:g]\nprograms=a,\n[program:a]\ncommand=a\n",
        Daemon + "[group:g]\nprograms=a\n[program:a]\ncommand=a\n[fcgi-program:a]\ncommand=a\nsocket=tcp://h:1\n",
        Daemon + "[group:g h]\nprograms=a\n[program:a]\ncommand=a\n",
        Daemon + "[eventlistener:l]\ncommand=l\n",
        Daemon + "[eventlistener:l]\ncommand=l\nevents=NOTHING\n",
        Daemon + "[eventlistener:l]\ncommand=l\nevents=TICK_5\nbuffer_size=0\n",
        Daemon + "[eventlistener:l]\ncommand=l\nevents=TICK_5\nredirect_stderr=true\n",
        Daemon + "[fcgi-program:f]\ncommand=f\n",
        Daemon + "[fcgi-program:f]\ncommand=f\nsocket=unix://relative\n",
        Daemon + "[fcgi-program:f]\ncommand=f\nsocket=udp://h:1\n",
        Daemon + "[fcgi-program:f]\ncommand=f\nsocket=tcp://h:1\nsocket_mode=0700\n",
        Daemon + "[fcgi-program:f]\ncommand=f\nsocket=tcp://h:1\nsocket_backlog=0\n",
        Daemon + "[fcgi-program:f]\ncommand=f\nsocket=unix:///tmp/f\nsocket_owner=nobody-of-that-name\n",
        Daemon + "[inet_http_server]\nusername=a\n",
        Daemon + "[inet_http_server]\nport=70000\n",
        Daemon + "[inet_http_server]\nport=localhost:\n",
        Daemon + "[inet_http_server]\nport=9001\nusername=a\n",
        Daemon + "[unix_http_server]\nchmod=0700\n",
        Daemon + "[unix_http_server]\nfile=/tmp/s.sock\nchmod=x\n",
        Daemon + "[unix_http_server]\nfile=/tmp/s.sock\nchown=a:b:c\n",
        Daemon + "[unix_http_server]\nfile=/tmp/s.sock\npassword=a\n",
        Daemon + "[rpcinterface:supervisor]\n",
        Daemon + "[include]\n",
        Daemon + "[include]\nfiles=conf.d/note.txt\n",
    ];
}
