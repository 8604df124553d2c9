using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The wall clock jumps by an hour while `rota supervise` has processes in all states, in a container of the
/// test's own; how, <see cref="ClockTests"/> tells. The test's own clock does not jump, and measures.</summary>
public sealed class SupervisedClockTests
{
    private const int StartSeconds = 6, StopSeconds = 5, EverySeconds = 12, RetrySeconds = 5;
    private const double Spread = 0.9; // waits are a tenth longer or shorter by chance

    // A jump that counted would be a wait of an hour.
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    // What an event listener says and hears, by supervisor's protocol; the heads and bodies stand in a file.
    private const string Listener = """
        import sys
        while True:
            print('READY', flush=True)
            head = dict(word.split(':') for word in sys.stdin.readline().split())
            body = sys.stdin.read(int(head['len']))
            with open('ticks', 'a') as ticks:
                ticks.write(body.removeprefix('when:') + '\n')
            sys.stdout.write('RESULT 2\nOK')
        """;

    [Theory]
    [InlineData("+1h")]
    [InlineData("-1h")]
    public async Task A_clock_that_is_set_by_an_hour_restarts_kills_and_delays_nothing(string jump)
    {
        Assert.SkipUnless(ClockTests.Library is not null, "libfaketime is not installed.");
        await using var daemon = new RotaProcess();
        var clock = Path.Combine(daemon.Folder, "clock");
        await File.WriteAllTextAsync(clock, "+0\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(daemon.Folder, "ticks.py"), Listener, Stop);
        await File.WriteAllTextAsync(Path.Combine(daemon.Folder, "supervisord.conf"), Programs(), Stop);
        daemon.Container = await Container.MakeAsync($"LD_PRELOAD={ClockTests.Library}",
            $"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1");
        daemon.Launch("supervise -n -c supervisord.conf");
        await SeeAsync(daemon, "success: up");
        Container.AssertAround(daemon.Pid);
        await SeeAsync(daemon, "success: deaf");
        await RotaProcess.WaitAsync(() => Numbers(daemon, "ticks").Count > 0, "there was a tick");
        await SeeAsync(daemon, "exited: retry", Count(daemon, "exited: retry") + 1); // then it waits
        var up = (await InfoAsync(daemon))["up"]["pid"];

        var start = Stopwatch.GetTimestamp();
        foreach (var call in (string[])["startProcess slow", "startProcess timed", "stopProcess deaf"])
            await CallAsync(daemon, call.Split(' ')[0], call.Split(' ')[1], wait: false);
        Assert.Equal(["deaf STOPPING", "retry BACKOFF", "slow STARTING", "ticks RUNNING", "timed RUNNING",
            "up RUNNING"], States(await InfoAsync(daemon)));
        var (tick, asked, tries) = (Numbers(daemon, "ticks")[^1], Numbers(daemon, "asked").Count,
            Count(daemon, "spawned: 'retry'"));
        await File.WriteAllTextAsync(clock, jump + "\n", Stop);

        // What waits, waits as long as it should by a clock that did not jump.
        await SeeAsync(daemon, "killing 'deaf'");
        AssertTook(start, StopSeconds);
        await SeeAsync(daemon, "stopped: deaf (terminated by SIGKILL)");
        await SeeAsync(daemon, "success: slow");
        AssertTook(start, StartSeconds);
        await SeeAsync(daemon, $"restarting timed: it has run for {EverySeconds} seconds");
        AssertTook(start, EverySeconds);
        await SeeAsync(daemon, "spawned: 'retry'", tries + 2);
        var most = Stopwatch.GetElapsedTime(start).TotalSeconds / (RetrySeconds * Spread) + 1;
        Assert.InRange(Count(daemon, "spawned: 'retry'"), tries + 2, tries + most);

        // What comes again and again still does: ticks by the new time, and questions.
        var hour = jump[0] == '+' ? 3600 : -3600;
        await RotaProcess.WaitAsync(() => Math.Abs(Numbers(daemon, "ticks")[^1] - tick) > 1000, "ticks go on");
        Assert.InRange(Numbers(daemon, "ticks")[^1] - tick, hour, hour + Late.TotalSeconds);
        await RotaProcess.WaitAsync(() => Numbers(daemon, "asked").Count > asked + 2, "health is asked for");

        // What runs was left alone, and is as old as its clock says, but never of an age below nothing.
        await SeeAsync(daemon, "spawned: 'timed'", 2);
        var infos = await InfoAsync(daemon);
        Assert.Equal(up, infos["up"]["pid"]);
        Assert.Matches(hour > 0 ? "uptime 1:0" : "uptime 0:0", infos["up"]["description"]);
        Assert.All(infos.Values, info => Assert.True(long.Parse(info["start"]) <= long.Parse(info["now"])));
        foreach (var name in (string[])["up", "slow", "deaf", "ticks"])
            Assert.Equal(1, Count(daemon, $"spawned: '{name}'"));
        Assert.Equal((1, 1), (Count(daemon, "restarting "), Count(daemon, "SIGKILL)")));
        Assert.Equal(0, await EndAsync(daemon));
    }

    private static string Programs() => $"""
        [unix_http_server]
        file=%(here)s/sock
        [supervisord]
        logfile=%(here)s/supervisord.log
        pidfile=%(here)s/pid
        childlogdir=%(here)s
        directory=%(here)s
        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
        [program:up]
        command=/bin/sleep 1000
        startsecs=0
        health_check=command:/bin/sh -c 'echo 1 >> %(here)s/asked'
        health_interval_secs=1
        health_failures=1
        restart_at={TimeProvider.System.GetLocalNow().AddHours(12):HH:mm}
        [program:timed]
        command=/bin/sleep 1000
        autostart=false
        startsecs=0
        restart_every_secs={EverySeconds}
        [program:slow]
        command=/bin/sleep 1000
        autostart=false
        startsecs={StartSeconds}
        [program:deaf]
        command=/bin/sh -c 'trap "" TERM; while :; do sleep 0.1; done'
        startsecs=0
        stopwaitsecs={StopSeconds}
        [program:retry]
        command=/bin/false
        startretries=1000
        restart_delay_secs={RetrySeconds}
        [eventlistener:ticks]
        command=/usr/bin/python3 %(here)s/ticks.py
        events=TICK_5
        startsecs=0

        """;

    private static void AssertTook(long start, int seconds) =>
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(seconds), Late);

    private static Task SeeAsync(RotaProcess daemon, string text, int times = 1) =>
        RotaProcess.WaitAsync(() => Count(daemon, text) >= times, $"its log says '{text}' {times} times");

    private static int Count(RotaProcess daemon, string text) =>
        Lines(daemon, "supervisord.log").Count(line => line.Contains(text, StringComparison.Ordinal));

    private static List<long> Numbers(RotaProcess daemon, string file) =>
        [.. Lines(daemon, file).Select(line => long.Parse(line))];

    /// <summary>Whole lines; others may write more meanwhile.</summary>
    private static string[] Lines(RotaProcess daemon, string file)
    {
        var path = Path.Combine(daemon.Folder, file);
        return File.Exists(path) ? File.ReadAllText(path).Split('\n')[..^1] : [];
    }

    private static List<string> States(Dictionary<string, Dictionary<string, string>> infos) =>
        [.. infos.Select(info => $"{info.Key} {info.Value["statename"]}").Order(StringComparer.Ordinal)];

    /// <summary>What `getAllProcessInfo` says, by name of the process and of the field.</summary>
    private static async Task<Dictionary<string, Dictionary<string, string>>> InfoAsync(RotaProcess daemon) =>
        (await CallAsync(daemon, "getAllProcessInfo")).Descendants("struct")
            .Select(one => one.Elements("member").ToDictionary(
                member => member.Element("name")!.Value, member => member.Element("value")!.Value))
            .ToDictionary(info => info["name"]);

    private static async Task<XDocument> CallAsync(RotaProcess daemon, string method, string? name = null,
        bool wait = true)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(daemon.Folder, "sock")), stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        var values = name is null ? "" : $"<param><value><string>{name}</string></value></param>"
            + $"<param><value><boolean>{(wait ? 1 : 0)}</boolean></value></param>";
        using var body = new StringContent($"<methodCall><methodName>supervisor.{method}</methodName>"
            + $"<params>{values}</params></methodCall>", Encoding.UTF8, "text/xml");
        using var answer = await http.PostAsync(new Uri("http://supervisor/RPC2"), body, Stop);
        var document = XDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        Assert.Empty(document.Descendants("fault"));
        return document;
    }

    /// <summary>TERM to the daemon itself, which is the first process in the container.</summary>
    private static async Task<int> EndAsync(RotaProcess daemon)
    {
        var first = await File.ReadAllTextAsync($"/proc/{daemon.Pid}/task/{daemon.Pid}/children", Stop);
        using var kill = Process.Start("kill", ["-TERM", first.Trim()]);
        await kill.WaitForExitAsync(Stop);
        return await daemon.WaitForExitAsync();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;
}
