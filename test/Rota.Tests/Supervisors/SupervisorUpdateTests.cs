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

    private static async Task<Dictionary<string, JsonElement>> ProcessesAsync(WebHost host) =>
        (await host.Viewer.GetJsonAsync("/api/v1/supervisors/main/processes")).Items()
            .ToDictionary(one => one.Text("name")!);
}
