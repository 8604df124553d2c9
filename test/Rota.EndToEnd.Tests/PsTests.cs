using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary><c>rota ps</c> on a real <c>rota supervise</c>, by the command line alone.</summary>
public sealed class PsTests : IAsyncLifetime
{
    private const string Start = """
        [unix_http_server]
        file=%(here)s/sock
        [supervisord]
        logfile=%(here)s/supervisord.log
        pidfile=%(here)s/pid
        childlogdir=%(here)s
        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
        [supervisorctl]
        serverurl=unix://%(here)s/sock

        """;

    private readonly RotaProcess _rota = new();

    public async ValueTask InitializeAsync()
    {
        await WriteAsync("""
            [program:web]
            command=/bin/sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done'
            process_name=web_%(process_num)d
            numprocs=2
            [program:bad]
            command=/bin/sh -c 'echo cannot >&2; exit 3'
            autostart=false
            startretries=1
            """);
        _rota.Launch("supervise -n -c supervisord.conf");
        await RotaProcess.WaitAsync(async () => (await PsAsync("--json")).Output.Split("RUNNING").Length == 3,
            "both processes run");
    }

    [Fact]
    public async Task Processes_are_listed_started_stopped_and_signalled_by_name()
    {
        var table = await PsAsync();
        Assert.Equal(0, table.Code);
        Assert.Contains("web:web_0  RUNNING", table.Output);
        Assert.Contains("bad        STOPPED", table.Output);

        Assert.Equal("web:web_0: stopped\nweb:web_1: stopped\n", (await PsAsync("stop", "web:*")).Output);
        Assert.Equal("web:web_1: started\n", (await PsAsync("start", "web:web_1")).Output);
        var (code, output, _) = await PsAsync("start", "bad");
        Assert.Equal((1, "bad: FATAL: Exited too quickly (process log may have details)\n"), (code, output));
        Assert.Contains("cannot", (await PsAsync("logs", "bad", "--stderr")).Output);

        Assert.Equal("web:web_1: signalled\n", (await PsAsync("signal", "HUP", "web:web_1")).Output);
        await RotaProcess.WaitAsync(async () => (await PsAsync("logs", "web:web_1")).Output.Contains("hup"),
            "the process heard the signal");
    }

    [Fact]
    public async Task A_log_is_searched_where_it_is()
    {
        Assert.Equal(0, (await PsAsync("signal", "HUP", "web:web_0")).Code);
        await RotaProcess.WaitAsync(async () => (await PsAsync("logs", "web:web_0", "--grep", "^HUP$", "-i")).Output
            == "hup\n", "the line is found");
        var (code, output, _) = await PsAsync("logs", "web:web_0", "--grep", "h.p", "-C", "1", "--json");
        var found = JsonDocument.Parse(output).RootElement.GetProperty("items")[0];
        Assert.Equal((0, "hup", 2, "ready"), (code, found.GetProperty("text").GetString(),
            found.GetProperty("line").GetInt32(), found.GetProperty("before")[0].GetString()));
        Assert.Equal((1, ""), ((await PsAsync("logs", "web:web_0", "--grep", "none")).Code,
            (await PsAsync("logs", "web:web_0", "--grep", "none")).Output));
        Assert.Contains("pattern is wrong", (await PsAsync("logs", "web:web_0", "--grep", "(")).Error);
    }

    [Fact]
    public async Task A_changed_file_is_shown_before_it_is_applied()
    {
        var pid = await PidAsync("web:web_0");
        await WriteAsync("""
            [program:web]
            command=/bin/sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done'
            process_name=web_%(process_num)d
            numprocs=2
            [program:late]
            command=/bin/sleep 1000
            """);

        var diff = JsonElement.Parse((await PsAsync("diff", "--json")).Output);
        Assert.Equal("""{"added":["late"],"changed":[],"removed":["bad"]}""", diff.GetRawText());
        Assert.DoesNotContain("late", (await PsAsync()).Output); // nothing has changed yet

        Assert.Equal(0, (await PsAsync("update")).Code);
        Assert.Equal(0, (await PsAsync("start", "late")).Code);
        Assert.Equal(pid, await PidAsync("web:web_0")); // what did not change was left alone
        Assert.Contains("nothing changes", (await PsAsync("diff")).Output);

        await WriteAsync("[program:late]\ncommand=/bin/sleep 1000\nnumprocs=many");
        var (code, _, error) = await PsAsync("update");
        Assert.Equal(2, code);
        Assert.Contains("numprocs", error);
        Assert.Equal(pid, await PidAsync("web:web_0"));
    }

    [Fact]
    public async Task An_update_rolls_through_a_group_and_the_supervisor_is_reloaded_and_shut_down()
    {
        var pids = (await PidAsync("web:web_0"), await PidAsync("web:web_1"));
        await WriteAsync("""
            [program:web]
            command=/bin/sleep 1001
            process_name=web_%(process_num)d
            numprocs=2
            startsecs=0
            """);
        Assert.StartsWith("web:web_0: updated\nweb:web_1: updated\n", (await PsAsync("update", "--rolling")).Output);
        Assert.NotEqual(pids, (await PidAsync("web:web_0"), await PidAsync("web:web_1")));
        await WriteAsync("""
            [supervisord]
            environment=A="1"
            [program:web]
            command=/bin/sleep 1001
            process_name=web_%(process_num)d
            numprocs=2
            startsecs=0
            """);
        Assert.Equal("web: all at once, since the environment of [supervisord] has changed\n",
            (await PsAsync("update", "--rolling")).Error);

        Assert.Equal("web:web_0: stopped\nweb:web_1: stopped\n",
            string.Concat((await PsAsync("stop", "web:web_1", "web:web_0")).Output.Split('\n')[..2].Order()
                .Select(line => line + '\n')));
        Assert.Contains("Add --yes.", (await PsAsync("reload")).Error);
        Assert.Contains(" runs again", (await PsAsync("reload", "--yes")).Output);
        await RotaProcess.WaitAsync(async () => (await PsAsync("--json")).Output.Split("RUNNING").Length == 3,
            "both processes run");
        Assert.Contains(" has shut down", (await PsAsync("shutdown", "--yes")).Output);
        Assert.Contains("No supervisor answers", (await PsAsync()).Error);
    }

    [Fact]
    public async Task A_mistake_is_told_with_what_to_write()
    {
        foreach (var (code, hint, words) in ((int, string, string[])[])[
            (3, "Did you mean 'web:web_0'", ["web:web_9"]),
            (2, "Write unix:///run/supervisor.sock", ["--server", "ftp://here"]),
            (5, "rota supervise -c supervisord.conf", ["--server", "unix:///nowhere"]),
            (2, "--file", ["--file", "missing.conf"]),
            (2, "Write a name such as HUP", ["signal", "LOUD", "web:*"]),
        ])
        {
            var told = await PsAsync(words);

            Assert.Equal((code, ""), (told.Code, told.Output));
            Assert.Contains(hint, told.Error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _rota.StopAsync(); // with its children, which a kill would leave behind
        await _rota.DisposeAsync();
    }

    private Task<(int Code, string Output, string Error)> PsAsync(params string[] words) =>
        _rota.RunAsync(["ps", .. words.Contains("--server") || words.Contains("--file")
            ? words : [.. words, "-c", "supervisord.conf"]]);

    private async Task<int> PidAsync(string name) => JsonElement.Parse((await PsAsync(name, "--json")).Output)
        .GetProperty("items")[0].GetProperty("pid").GetInt32();

    private Task WriteAsync(string programs) =>
        File.WriteAllTextAsync(Path.Combine(_rota.Folder, "supervisord.conf"), Start + programs);
}
