using System.Text.Json;
using Rota.Tests.Web;
using Xunit;

namespace Rota.Tests.Supervisors;

/// <summary>What the file says anew, and the update that makes it so.</summary>
public sealed class SupervisorUpdateTests
{
    private const string Before = """
        [program:keep]
        command=/bin/sleep 1000
        [program:change]
        command=/bin/sleep 1001
        [program:leave]
        command=/bin/sleep 1002
        """, After = """
        [program:keep]
        command=/bin/sleep 1000
        [program:change]
        command=/bin/sleep 2001
        [program:come]
        command=/bin/sleep 1003
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_changed_file_is_shown_with_what_differs_before_it_is_applied(bool isOurs)
    {
        SupervisorDaemon.SkipUnlessInstalled(isOurs);
        await using var daemon = new SupervisorDaemon(isOurs);
        await daemon.StartAsync(Before);
        await using var host = new OneSupervisor(daemon.Url);
        await host.InitializeAsync();
        var keep = (await ProcessesAsync(host))["keep"].GetProperty("pid").GetInt32();
        Assert.Empty((await host.Admin.GetJsonAsync("/api/v1/supervisors/main/diff")).Items());

        daemon.Write(After);
        var diff = (await host.Admin.GetJsonAsync("/api/v1/supervisors/main/diff")).Items().ToList();
        Assert.Equal(["leave stops", "change restarts", "come starts"],
            diff.Select(one => $"{one.Text("group")} {one.Text("move")}"));
        Assert.Equal("""[{"field":"change.command","before":"/bin/sleep 1001","after":"/bin/sleep 2001"}]""",
            diff[1].GetProperty("changes").GetRawText());
        Assert.DoesNotContain("come", (await ProcessesAsync(host)).Keys);
        var page = await host.Admin.PageAsync("/console/processes/main/-/update");
        Assert.Contains("Starts: come. Restarts: change. Stops: leave.", page);

        await host.Admin.DoAsync("/console/processes/main/-/update", "/console/processes/main/-/update");
        var processes = await ProcessesAsync(host);
        Assert.Equal(["change", "come", "keep"], processes.Keys.Order());
        Assert.Equal(keep, processes["keep"].GetProperty("pid").GetInt32());
        var row = (await host.Admin.GetJsonAsync("/api/v1/audit")).Items().First();
        Assert.Equal(("supervisors.update", "main"), (row.Text("action"), row.Text("target")));

        daemon.Write("[program:keep]\ncommand=/bin/sleep 1000\nnumprocs=many");
        await host.Admin.ProblemAsync("POST", "/api/v1/supervisors/main/update", new { }, 409, "supervisor.file");
        page = await host.Admin.PageAsync("/console/processes/main/-/update");
        Assert.Contains(isOurs ? "numprocs" : "has a mistake", page); // supervisord says only what is no number
        Assert.Equal(keep, (await ProcessesAsync(host))["keep"].GetProperty("pid").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_update_goes_one_process_after_the_other_where_the_supervisor_can_and_says_so(bool isOurs)
    {
        SupervisorDaemon.SkipUnlessInstalled(isOurs);
        await using var daemon = new SupervisorDaemon(isOurs);
        await daemon.StartAsync(Group("a=1", "/bin/sleep 1000"));
        await using var host = new OneSupervisor(daemon.Url);
        await host.InitializeAsync();
        var same = (await ProcessesAsync(host))["some:same"].GetProperty("pid").GetInt32();

        daemon.Write(Group("a=1", "/bin/sleep 2000"));
        var page = await host.Admin.PageAsync("/console/processes/main/-/update");
        Assert.Contains("name=\"rolling\"", page);
        var done = (await host.Admin.SendJsonAsync(
            "POST", "/api/v1/supervisors/main/update", new { rolling = true }, 200)).Items().Single();
        Assert.Equal(("some", "restarts", isOurs ? null : "this supervisord cannot do it one by one"),
            (done.Text("group"), done.Text("move"), done.Text("why_at_once")));
        // What all stopped for starts a moment later, and has no pid until then.
        Assert.Equal(isOurs, (await ProcessesAsync(host))["some:same"].TryGetProperty("pid", out var pid)
            && pid.ValueKind == JsonValueKind.Number && pid.GetInt32() == same);
        Assert.Empty((await host.Admin.GetJsonAsync("/api/v1/supervisors/main/diff")).Items());
        var row = (await host.Admin.GetJsonAsync("/api/v1/audit")).Items().First();
        Assert.Equal(("supervisors.update", "main"), (row.Text("action"), row.Text("target")));
        Assert.Contains("rolling", row.GetRawText());
    }

    [Fact]
    public async Task An_update_one_by_one_ends_with_what_does_not_come_up_and_tells_what_has_to_stop_at_once()
    {
        await using var daemon = new SupervisorDaemon(isOurs: true);
        await daemon.StartAsync(Group("a=1", "/bin/sleep 1000"));
        await using var host = new OneSupervisor(daemon.Url);
        await host.InitializeAsync();
        const string page = "/console/processes/main/-/update", route = "/api/v1/supervisors/main/update";
        var same = (await ProcessesAsync(host))["some:same"].GetProperty("pid").GetInt32();
        daemon.Write(Group("a=1", "/bin/sleep 2000"));
        await host.Admin.DoAsync(page, page, ("rolling", "yes"));
        Assert.Empty((await host.Admin.GetJsonAsync("/api/v1/supervisors/main/diff")).Items());

        daemon.Write(Group("a=1", "/not/there"));
        var problem = await host.Admin.ProblemAsync("POST", route, new { rolling = true }, 409, "supervisor.refused");
        Assert.Equal("The update ended with some:other: NO_FILE: can't find command '/not/there'",
            problem.Text("detail"));
        Assert.Equal(same, (await ProcessesAsync(host))["some:same"].GetProperty("pid").GetInt32());

        daemon.Write(Group("a=2", "/bin/sleep 2000"));
        var done = (await host.Admin.SendJsonAsync("POST", route, new { rolling = true }, 200)).Items().Single();
        Assert.Equal("the environment of [supervisord] has changed", done.Text("why_at_once"));
    }

    [Fact]
    public async Task A_supervisor_that_goes_away_is_shown_with_what_was_last_known_and_comes_back()
    {
        await using var daemon = new SupervisorDaemon(isOurs: true);
        await daemon.StartAsync(Before);
        await using var host = new OneSupervisor(daemon.Url);
        await host.InitializeAsync();
        Assert.Contains("leave", await host.Operator.PageAsync("/console/processes"));

        await daemon.StopAsync();
        var page = await host.Operator.PageAsync("/console/processes");
        Assert.Contains("What stands here was seen", page);
        Assert.Contains("leave", page);
        Assert.DoesNotContain("/leave/stop", page);
        await SupervisorDaemon.UntilAsync(async () => (await host.Viewer.PageAsync("/console"))
            .Contains("The supervisor main is away"), "the overview tells");
        await host.Operator.ProblemAsync(
            "POST", "/api/v1/supervisors/main/processes/leave/stop", new { }, 503, "supervisor.away");

        await daemon.StartAsync();
        Assert.Contains("/leave/stop", await host.Operator.PageAsync("/console/processes"));
    }

    private static string Group(string environment, string other) => $"""
        [supervisord]
        environment={environment}
        [program:same]
        command=/bin/sleep 1000
        [program:other]
        command={other}
        startsecs=0
        [group:some]
        programs=same,other
        """;

    private static async Task<Dictionary<string, JsonElement>> ProcessesAsync(WebHost host) =>
        (await host.Viewer.GetJsonAsync("/api/v1/supervisors/main/processes")).Items()
            .ToDictionary(one => one.Text("name")!);
}
