using System.Text.Json;
using Rota.Tests.Web;
using Xunit;

namespace Rota.Tests.Supervisors;

/// <summary>A whole supervisor, Debian's and ours, is restarted and shut down from the console and the API.</summary>
public sealed class SupervisorEndTests
{
    private const string Root = "/api/v1/supervisors/main";
    private const string Page = "/console/processes/main/-/end";

    private const string Programs = """
        [program:web]
        command=/bin/sleep 1000
        startsecs=0
        [program:rest]
        command=/bin/sleep 1001
        autostart=false
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_says_what_ends_and_restarts_the_supervisor(bool isOurs)
    {
        SupervisorDaemon.SkipUnlessInstalled(isOurs);
        await using var daemon = new SupervisorDaemon(isOurs);
        await daemon.StartAsync(Programs);
        await using var host = new OneSupervisor(daemon.Url);
        await host.InitializeAsync();
        await SupervisorDaemon.UntilAsync(async () => await PidAsync(host) is not null, "it runs");
        var pid = await PidAsync(host);

        var page = await host.Admin.PageAsync(Page);
        Assert.Contains("web runs and will be stopped.", page);
        Assert.Contains($">{pid}<", page);
        Assert.DoesNotContain(">rest<", page);
        daemon.Write(Programs + "\n[program:new]\ncommand=/bin/sleep 1002\n");
        await host.Admin.DoAsync(Page, $"{Page}/restart");

        await SupervisorDaemon.UntilAsync(
            async () => await PidAsync(host) is { } now && now != pid && await PidAsync(host, "new") is not null,
            "it runs anew, with its file read again");
        await AssertAuditedAsync(host, "supervisors.restart");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_is_shut_down_by_the_console_and_the_API(bool isOurs)
    {
        SupervisorDaemon.SkipUnlessInstalled(isOurs);
        await using var daemon = new SupervisorDaemon(isOurs);
        await daemon.StartAsync(Programs);
        await using var host = new OneSupervisor(daemon.Url);
        await host.InitializeAsync();

        await host.Admin.SendJsonAsync("POST", $"{Root}/restart", new { }, 204);
        await SupervisorDaemon.UntilAsync(async () => await PidAsync(host) is not null, "it runs again");
        await host.Admin.DoAsync(Page, $"{Page}/shutdown");
        await SupervisorDaemon.UntilAsync(() => IsAwayAsync(host), "it has ended");
        Assert.Contains("It is away: ", await host.Admin.PageAsync(Page));
        await AssertAuditedAsync(host, "supervisors.shutdown");

        await host.Admin.ProblemAsync("POST", $"{Root}/shutdown", new { }, 503, "supervisor.away");
        await daemon.StartAsync();
        await host.Admin.SendJsonAsync("POST", $"{Root}/shutdown", new { }, 204);
        await SupervisorDaemon.UntilAsync(() => IsAwayAsync(host), "it has ended");
    }

    [Fact]
    public async Task It_is_for_administrators_and_a_file_with_a_mistake_stops_nothing()
    {
        await using var daemon = new SupervisorDaemon(isOurs: true);
        await daemon.StartAsync(Programs);
        await using var host = new OneSupervisor(daemon.Url);
        await host.InitializeAsync();
        await SupervisorDaemon.UntilAsync(async () => await PidAsync(host) is not null, "it runs");
        var pid = await PidAsync(host);

        foreach (var verb in (string[])["restart", "shutdown"])
        {
            await host.Operator.ProblemAsync("POST", $"{Root}/{verb}", new { }, 403, "auth.forbidden");
            using var form = await host.Admin.PostAsync($"{Page}/{verb}", new FormUrlEncodedContent([]));
            Assert.Equal(400, (int)form.StatusCode); // without the token of a page
        }
        Assert.DoesNotContain("/-/end", await host.Operator.PageAsync("/console/processes"));
        Assert.Contains("/-/end", await host.Admin.PageAsync("/console/processes"));

        daemon.Write("[program:web]\ncommand=/bin/sleep 1000\nrestart_cron=0 24 * * *");
        var problem = await host.Admin.ProblemAsync("POST", $"{Root}/restart", new { }, 409, "supervisor.file");
        Assert.Contains("[program:web] restart_cron is no cron expression: the hour 24 is not from 0 to 23",
            problem.Text("detail"));
        Assert.Equal(pid, await PidAsync(host));
    }

    /// <summary>Null while it does not run, and while its supervisor does not tell.</summary>
    private static async Task<int?> PidAsync(WebHost host, string name = "web")
    {
        if (await IsAwayAsync(host))
            return null;
        using var answer = await host.Viewer.GetAsync($"{Root}/processes/{name}");
        return answer.IsSuccessStatusCode && JsonElement.Parse(await answer.Content.ReadAsStringAsync())
            .TryGetProperty("pid", out var pid) ? pid.GetInt32() : null;
    }

    private static async Task<bool> IsAwayAsync(WebHost host) => (await host.Viewer.GetJsonAsync("/api/v1/supervisors"))
        .Items().Single().GetProperty("is_away").GetBoolean();

    private static async Task AssertAuditedAsync(WebHost host, string action)
    {
        var row = (await host.Admin.GetJsonAsync("/api/v1/audit")).Items().First();
        Assert.Equal((action, "main"), (row.Text("action"), row.Text("target")));
    }
}
