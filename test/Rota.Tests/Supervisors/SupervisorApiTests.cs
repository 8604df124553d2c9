using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Rota.Tests.Web;
using Xunit;

namespace Rota.Tests.Supervisors;

/// <summary>The API's processes against real daemons, Debian's and ours.</summary>
public sealed class SupervisorApiTests(SupervisorHost host) : IClassFixture<SupervisorHost>
{
    private const string Root = "/api/v1/supervisors";

    private async Task<JsonElement> ProcessAsync(string supervisor, string name) =>
        await host.Viewer.GetJsonAsync($"{Root}/{supervisor}/processes/{name}");

    private Task UntilAsync(string supervisor, string name, string state) => SupervisorDaemon.UntilAsync(
        async () => (await ProcessAsync(supervisor, name)).Text("state") == state, $"{supervisor}/{name} is {state}");

    private async Task<string> LogAsync(string supervisor, string name, string stream = "stdout") => string.Join('\n',
        (await host.Viewer.GetJsonAsync($"{Root}/{supervisor}/processes/{name}/logs?stream={stream}")).Items()
            .Select(line => line.Text("text")));

    [Fact]
    public async Task A_supervisor_that_is_away_is_told_as_away_and_the_others_are_shown()
    {
        var all = (await host.Viewer.GetJsonAsync(Root)).Items().ToDictionary(one => one.Text("name")!);

        Assert.Equal([SupervisorHost.Debian, SupervisorHost.Ours, SupervisorHost.Gone], all.Keys);
        Assert.Equal("4.2.5", all["debian"].Text("version"));
        Assert.False(all["ours"].GetProperty("is_away").GetBoolean());
        Assert.Equal("There is no such socket.", all["gone"].Text("error"));
        var problem = await host.Viewer.ProblemAsync("GET", $"{Root}/gone/processes", null, 503, "supervisor.away");
        Assert.Contains("ROTA_SUPERVISORS", problem.Text("hint"));
        await host.Viewer.ProblemAsync("GET", $"{Root}/none/processes", null, 404, "supervisor.not_found");
        await host.Viewer.ProblemAsync("GET", $"{Root}/ours/processes/none", null, 404, "process.not_found");
    }

    [Theory]
    [InlineData(SupervisorHost.Debian)]
    [InlineData(SupervisorHost.Ours)]
    public async Task A_process_and_a_group_are_stopped_started_and_restarted(string name)
    {
        await UntilAsync(name, "web:web_0", "RUNNING");
        await UntilAsync(name, "web:web_1", "RUNNING");
        var pid = (await ProcessAsync(name, "web:web_0")).GetProperty("pid").GetInt32();

        var stopped = await host.Operator.SendJsonAsync(
            "POST", $"{Root}/{name}/processes/web:*/stop", new { }, 200);
        Assert.Equal(["web:web_0", "web:web_1"], stopped.Items().Select(one => one.Text("name")).Order());
        await UntilAsync(name, "web:web_0", "STOPPED");
        await UntilAsync(name, "web:web_1", "STOPPED");
        await host.Operator.SendJsonAsync("POST", $"{Root}/{name}/processes/web:web_0/start", new { }, 200);
        await UntilAsync(name, "web:web_0", "RUNNING");
        Assert.NotEqual(pid, (await ProcessAsync(name, "web:web_0")).GetProperty("pid").GetInt32());
        await host.Operator.ProblemAsync(
            "POST", $"{Root}/{name}/processes/web:web_0/start", new { }, 409, "process.state");
        await host.Operator.SendJsonAsync("POST", $"{Root}/{name}/processes/web:*/restart", new { }, 200);
        await UntilAsync(name, "web:web_1", "RUNNING");

        var fatal = await host.Viewer.GetJsonAsync($"{Root}/{name}/processes?state=running");
        Assert.Contains("web:web_1", fatal.Items().Select(one => one.Text("name")));
        await host.Viewer.ProblemAsync(
            "GET", $"{Root}/{name}/processes?state=well", null, 400, "request.invalid", "state");
    }

    [Theory]
    [InlineData(SupervisorHost.Debian)]
    [InlineData(SupervisorHost.Ours)]
    public async Task A_process_hears_signals_and_its_input_and_its_log_is_read_and_cleared(string name)
    {
        await UntilAsync(name, "echo", "RUNNING");
        await UntilAsync(name, "web:web_0", "RUNNING");
        var before = (await host.Viewer.GetJsonAsync($"{Root}/{name}/processes/echo/logs")).Text("next");

        await host.Operator.SendJsonAsync(
            "POST", $"{Root}/{name}/processes/echo/stdin", new { text = "größe 5\n" }, 204);
        await SupervisorDaemon.UntilAsync(
            async () => (await LogAsync(name, "echo")).Contains("heard größe 5"), "it answered");
        await host.Operator.SendJsonAsync(
            "POST", $"{Root}/{name}/processes/web:web_0/signal", new { signal = "HUP" }, 200);
        await SupervisorDaemon.UntilAsync(async () => (await LogAsync(name, "web:web_0")).Contains("hup"), "it heard");

        var later = await host.Viewer.GetJsonAsync($"{Root}/{name}/processes/echo/logs?after={before}");
        Assert.DoesNotContain("ready", later.GetRawText());
        Assert.Contains("heard größe 5", later.GetRawText());
        await host.Operator.SendJsonAsync("POST", $"{Root}/{name}/processes/echo/clear-logs", new { }, 200);
        Assert.Equal("", await LogAsync(name, "echo"));
        await host.Operator.ProblemAsync("POST", $"{Root}/{name}/processes/web:web_0/signal",
            new { signal = "LOUD" }, 400, "request.invalid", "signal");
        await host.Operator.ProblemAsync("POST", $"{Root}/{name}/processes/web:*/stdin",
            new { text = "x" }, 400, "request.invalid", "process");
        await host.Viewer.ProblemAsync("GET", $"{Root}/{name}/processes/echo/logs?bytes=0", null, 400,
            "request.invalid", "bytes");
    }

    [Theory]
    [InlineData(SupervisorHost.Debian)]
    [InlineData(SupervisorHost.Ours)]
    public async Task A_log_is_followed_as_it_grows(string name)
    {
        await UntilAsync(name, "echo", "RUNNING");
        using var late = new CancellationTokenSource(SupervisorDaemon.Deadline);
        using var answer = await host.Viewer.GetAsync($"{Root}/{name}/processes/echo/logs?follow=true",
            HttpCompletionOption.ResponseHeadersRead, late.Token);
        using var stream = new StreamReader(await answer.Content.ReadAsStreamAsync(late.Token));

        await host.Operator.SendJsonAsync(
            "POST", $"{Root}/{name}/processes/echo/stdin", new { text = "\u001b[31mred 1\n" }, 204);
        string? line, id = null;
        while ((line = await stream.ReadLineAsync(late.Token)) is not null && !line.Contains("red 1"))
            id = line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : id;

        Assert.Contains("\\u001B[31mred 1", line);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("""{"items":[],"next":"ID"}""".Replace("ID", id), (await host.Viewer.GetJsonAsync(
            $"{Root}/{name}/processes/echo/logs?after={id}")).GetRawText());
    }

    [Theory]
    [InlineData(SupervisorHost.Debian)]
    [InlineData(SupervisorHost.Ours)]
    public async Task A_configuration_is_shown_without_secrets(string name)
    {
        var config = (await host.Viewer.GetJsonAsync($"{Root}/{name}/processes/echo/config")).GetRawText();

        Assert.Contains("--api-token=", config);
        Assert.Contains("\"stopwaitsecs\":10", config);
        foreach (var secret in (string[])["arg-secret-3", "env-secret-2", "env-secret-4", SupervisorDaemon.Password])
        {
            Assert.DoesNotContain(secret, config);
            Assert.DoesNotContain(secret, (await host.Viewer.GetJsonAsync(Root)).GetRawText());
        }
    }

    [Fact]
    public async Task Actions_are_audited_with_what_they_changed_and_without_what_was_sent()
    {
        await UntilAsync(SupervisorHost.Ours, "echo", "RUNNING");
        await host.Operator.SendJsonAsync(
            "POST", $"{Root}/ours/processes/echo/stdin", new { text = "typed-secret-5\n" }, 204);
        await host.Operator.SendJsonAsync("POST", $"{Root}/ours/processes/echo/restart", new { }, 200);

        var rows = (await host.Admin.GetJsonAsync("/api/v1/audit")).Items()
            .Where(row => row.Text("target") == "ours/echo").ToList();
        Assert.Contains("processes.stdin", rows.Select(row => row.Text("action")));
        var restart = rows.First(row => row.Text("action") == "processes.restart");
        Assert.Equal("token:of.Operator", restart.Text("actor"));
        Assert.Contains("echo.pid", restart.GetProperty("changes").GetRawText());
        Assert.DoesNotContain("typed-secret-5", JsonSerializer.Serialize(rows));
    }

    [Fact]
    public async Task Who_looks_may_not_act_and_who_acts_may_not_update()
    {
        foreach (var verb in (string[])["start", "stop", "restart", "signal", "clear-logs", "stdin"])
            await host.Viewer.ProblemAsync(
                "POST", $"{Root}/ours/processes/echo/{verb}", new { }, 403, "auth.forbidden");
        await host.Operator.ProblemAsync("GET", $"{Root}/ours/diff", null, 403, "auth.forbidden");
        await host.Operator.ProblemAsync("POST", $"{Root}/ours/update", new { }, 403, "auth.forbidden");
    }

    [Theory]
    [InlineData(SupervisorHost.Debian)]
    [InlineData(SupervisorHost.Ours)]
    public async Task What_a_process_takes_is_measured_with_its_children(string name)
    {
        await UntilAsync(name, "web:web_0", "RUNNING");

        await SupervisorDaemon.UntilAsync(async () => (await ProcessAsync(name, "web:web_0"))
            .TryGetProperty("cpu_percent", out _), "two looks were taken");

        var process = await ProcessAsync(name, "web:web_0");
        Assert.InRange(process.GetProperty("memory_bytes").GetInt64(), 100_000, 100_000_000);
        Assert.InRange(process.GetProperty("cpu_percent").GetDouble(), 0, 400);
    }

    [Theory]
    [InlineData(SupervisorHost.Debian)]
    [InlineData(SupervisorHost.Ours)]
    public async Task A_process_that_is_given_up_raises_an_event_and_one_when_it_runs_again(string name)
    {
        var flag = Path.Combine(host.Daemon(name).Folder, "may-run");
        File.Delete(flag);
        // It may have ended before supervisord answers, which then says that.
        using var start = await host.Operator.PostAsJsonAsync($"{Root}/{name}/processes/bad/start", new { });
        Assert.Contains(start.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.Conflict]);

        var source = $"{name}/bad";
        await SupervisorDaemon.UntilAsync(async () => (await EventsAsync(source)).Contains("process.fatal"), "told");

        var row = (await host.Viewer.GetJsonAsync($"/api/v1/events?source={source}")).Items().First();
        Assert.Equal("Exited too quickly (process log may have details)", row.Text("text"));
        // Once a run: where the machine is slow it may have lived for as long as a start takes, and been started again.
        Assert.All((await LogAsync(name, "bad", "stderr")).Split('\n'), line => Assert.Equal("cannot", line));
        Assert.False((await ProcessAsync(name, "bad")).TryGetProperty("exit_status", out _)); // it is not kept
        await SupervisorDaemon.UntilAsync(async () => (await host.Viewer.PageAsync("/console"))
            .Contains($"FATAL at {name}: bad."), "the overview tells");

        await File.WriteAllTextAsync(flag, "");
        await host.Operator.SendJsonAsync("POST", $"{Root}/{name}/processes/bad/start", new { }, 200);
        await SupervisorDaemon.UntilAsync(
            async () => (await EventsAsync(source)).First() == "process.recovered", "told");
        await host.Operator.SendJsonAsync("POST", $"{Root}/{name}/processes/bad/stop", new { }, 200);
    }

    private async Task<IEnumerable<string?>> EventsAsync(string source) =>
        (await host.Viewer.GetJsonAsync($"/api/v1/events?source={source}")).Items().Select(one => one.Text("type"));
}
