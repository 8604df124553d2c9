using Rota.Supervisor.Config;
using Xunit;

namespace Rota.Supervisor.Tests.Config;

/// <summary>The options that supervisord does not know, as they are read.</summary>
public sealed class LifeSectionTests
{
    private const string Db = "[program:db]\ncommand=a\n[program:worker]\ncommand=a\nnumprocs=2\n"
        + "process_name=w%(process_num)d\n[group:site]\nprograms=worker\n";

    [Fact]
    public void Without_them_a_process_is_as_supervisord_has_it() => Assert.Equal(LifeConfig.None, Life(""));

    [Fact]
    public void All_of_them_are_read()
    {
        var life = Life("""
            depends_on=db, worker, site:w1, site
            ready_when=port:5432
            ready_timeout_secs=10
            health_check=http://127.0.0.1:80/health?token=x
            health_interval_secs=1
            health_timeout_secs=2
            health_failures=4
            restart_delay_secs=1
            restart_backoff=1.5
            restart_delay_max_secs=60
            restart_limit=5/60
            restart_every_secs=3600
            restart_at=04:05
            restart_cron=0 30 4  * * 5#2
            restart_timezone=Europe/Berlin
            restart_rolling=true
            on_fatal=run:/bin/alarm 'a b'
            stop_tree=true
            limit_open_files=100
            limit_processes=10
            limit_memory=512MB
            limit_cpu=1.5
            """);
        Assert.Equal(new LifeConfig
        {
            DependsOn = ["db:*", "site:w0", "site:w1", "site:*"],
            ReadyWhen = new(CheckKind.Port, "127.0.0.1:5432"),
            ReadyTimeoutSeconds = 10,
            Health = new(new(CheckKind.Http, "http://127.0.0.1:80/health?token=x"), 1, 2, 4),
            Restart = new(1, 1.5, 60, 5, 60),
            RestartEverySeconds = 3600,
            RestartTimes =
            [
                new("5 4 * * *", "Europe/Berlin", "it is 04:05 (restart_at)"),
                new("0 30 4 * * 5#2", "Europe/Berlin", "it is time by 0 30 4  * * 5#2 (restart_cron)"),
            ],
            RestartRolling = true,
            OnFatal = new(FatalKind.Run, "/bin/alarm 'a b'"),
            StopTree = true,
            Limits = new(100, 10, 512L << 20, 1.5),
        }, life);
        Assert.Equal("http://127.0.0.1:80/health", life.Health!.Check.Shown);
    }

    [Theory]
    [InlineData("0.01", 0.01)]
    [InlineData("50%", 0.5)]
    [InlineData("12.5%%", 0.125)]
    [InlineData("%(numprocs)s50%", 1.5)]
    [InlineData("1024", 1024.0)]
    [InlineData("0", null)]
    [InlineData("0%", null)]
    public void Cores_are_a_number_or_percent_of_one(string text, double? cores) =>
        Assert.Equal(cores, Life($"limit_cpu={text}").Limits.CpuCores);

    [Theory]
    [InlineData("depends_on=dbb", "depends_on names the unknown 'dbb'; did you mean db?")]
    [InlineData("depends_on=site:w9", "depends_on names the unknown 'site:w9'; "
        + "write the name of a program, a group or group:process")]
    [InlineData("depends_on=web", "depends_on goes in a circle, web -> web; take one of them out")]
    [InlineData("ready_when=soon", "ready_when is no sign of readiness; write port:127.0.0.1:5432, "
        + "http://127.0.0.1:8080/health, file:/run/x.ready, log:PATTERN, notify or exit")]
    [InlineData("ready_when=port:127.0.0.1:0", "ready_when '127.0.0.1:0' is no address; "
        + "write host:port, for example 127.0.0.1:9001; the port is 1 to 65535")]
    [InlineData("ready_when=file:x", "ready_when 'x' is no absolute path; write file:/run/x.ready")]
    [InlineData("ready_when=http://user:secret@host/", "ready_when has a login in its address; "
        + "take away what stands before the @")]
    [InlineData("health_check=notify", "health_check is no health check; write port:127.0.0.1:5432, "
        + "http://127.0.0.1:8080/health or command:/usr/bin/check")]
    [InlineData("health_check=command:a 'b", "health_check has a command that cannot be split into words; "
        + "close every quote")]
    [InlineData("health_interval_secs=0", "health_interval_secs 0 is out of range; write a number from 1 to 86400")]
    [InlineData("restart_backoff=0.5", "restart_backoff '0.5' is no factor; write a number from 1 to 100, "
        + "for example 2")]
    [InlineData("restart_limit=5", "restart_limit '5' is no limit; write restarts/seconds, for example 5/60")]
    [InlineData("restart_at=4am", "restart_at '4am' is no time of the day; write hours and minutes, for example 04:00")]
    [InlineData("restart_cron=0 24 * * *", "restart_cron is no cron expression: the hour 24 is not from 0 to 23, "
        + "at position 3; write 0 to 23, *, a range a-b, a step */n or a list a,b for the hour"
        + "\n0 24 * * *\n  ^")]
    [InlineData("restart_timezone=Europe/Berln", "restart_timezone cannot be used: there is no time zone "
        + "'Europe/Berln'; the nearest names are Europe/Berlin, America/Belem, America/North_Dakota/Beulah")]
    [InlineData("restart_rolling=maybe", "restart_rolling 'maybe' is no boolean; write true or false")]
    [InlineData("on_fatal=panic", "on_fatal is nothing that can be done; "
        + "write none, exit, run:COMMAND or notify:http://...")]
    [InlineData("limit_memory=1KB", "limit_memory '1KB' is too little memory; write 1MB or more, for example 512MB")]
    [InlineData("limit_cpu=half", "limit_cpu 'half' is no number of cores; "
        + "write cores or percent of one, for example 0.5 or 50%")]
    [InlineData("limit_cpu=-1", "limit_cpu '-1' is no number of cores; "
        + "write cores or percent of one, for example 0.5 or 50%")]
    [InlineData("limit_cpu=0.5%", "limit_cpu 0.5% is out of range; "
        + "write 0.01 to 1024 cores, 1% to 102400%, or 0 for no limit")]
    [InlineData("limit_cpu=1025", "limit_cpu 1025 is out of range; "
        + "write 0.01 to 1024 cores, 1% to 102400%, or 0 for no limit")]
    public void What_is_wrong_is_said_with_its_place(string line, string message)
    {
        var error = Assert.Throws<ConfigException>(() => Life(line));
        Assert.EndsWith($": [program:web] {message}", error.Message, StringComparison.Ordinal);
        Assert.Contains("main.conf:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_cannot_be_used_is_an_error()
    {
        var error = Assert.Throws<ConfigException>(() => Life("ready_when=log:(x"));
        Assert.Contains("ready_when has a pattern that cannot be used: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_circle_is_drawn()
    {
        using var folder = Folder.Make();
        var path = folder.Write("main.conf", """
            [supervisord]
            [program:web]
            command=a
            depends_on=cache
            [program:cache]
            command=a
            depends_on=db
            [program:db]
            command=a
            depends_on=cache
            """);
        var error = Assert.Throws<ConfigException>(() => ConfigReader.Read(path));
        Assert.Equal($"{path}:7: [program:cache] depends_on goes in a circle, cache -> db -> cache; "
            + "take one of them out", error.Message);
    }

    private static LifeConfig Life(string lines)
    {
        using var folder = Folder.Make();
        var path = folder.Write("main.conf", $"[supervisord]\n{Db}[program:web]\ncommand=a\n{lines}\n");
        return ConfigReader.Read(path).Groups.Single(group => group.Name == "web").Processes[0].Life;
    }
}
