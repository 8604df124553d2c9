using Rota.Tests.Web;
using Xunit;

namespace Rota.Tests.Supervisors;

/// <summary>The console's pages of processes with links and forms alone, on real daemons.</summary>
public sealed class SupervisorConsoleTests(SupervisorHost host) : IClassFixture<SupervisorHost>
{
    private const string List = "/console/processes";

    [Fact]
    public async Task The_list_shows_all_supervisors_and_narrows_by_state_and_name()
    {
        await UntilShownAsync($"{List}?supervisor=ours&state=running", "web_1");

        var all = await host.Viewer.PageAsync(List);
        Assert.Contains("It is away: There is no such socket.", all);
        Assert.Contains("aria-label=\"Processes of debian\"", all);
        Assert.DoesNotContain("<form method=\"post\" action=\"/console/processes", all); // a viewer
        var named = await host.Operator.PageAsync($"{List}?q=web_0&supervisor=ours");
        Assert.Contains("/console/processes/ours/web:web_0", named);
        Assert.DoesNotContain("web_1", named);
        Assert.Contains("No process fits.", await host.Viewer.PageAsync($"{List}?q=nothing&supervisor=ours"));
    }

    [Fact]
    public async Task A_process_is_stopped_and_started_by_its_buttons()
    {
        const string page = $"{List}/debian/web:web_1";
        await UntilShownAsync(page, "RUNNING");

        var stopped = await host.Operator.DoAsync(page, $"{page}/stop");
        Assert.Contains("STOPPED", stopped + await UntilShownAsync(page, "STOPPED"));
        await host.Operator.DoAsync(page, $"{page}/start");
        await UntilShownAsync(page, "RUNNING");

        await host.Operator.DoAsync(page, $"{page}/signal", ("signal", "HUP"));
        await UntilShownAsync(page, ">hup<");
        Assert.Contains("hup\n", await host.Viewer.GetStringAsync($"{page}/log?stream=stdout"));
        await host.Operator.DoAsync(page, $"{page}/clear-logs");
        Assert.DoesNotContain(">hup<", await host.Viewer.PageAsync(page));
    }

    [Fact]
    public async Task What_is_written_to_a_process_stands_in_its_log()
    {
        const string page = $"{List}/ours/echo";
        await UntilShownAsync(page, "RUNNING");

        await host.Operator.DoAsync(page, $"{page}/stdin", ("text", "from <b>here</b>"), ("line", "yes"));

        await UntilShownAsync(page, "heard from <b>here</b>");
        Assert.DoesNotContain("arg-secret-3", await host.Viewer.PageAsync(page));
    }

    [Fact]
    public async Task A_node_without_supervisors_says_how_to_tell_it_of_one()
    {
        await using var plain = new WebHost();
        await plain.InitializeAsync();

        Assert.Contains("ROTA_SUPERVISORS__0__URL=unix:///run/supervisor.sock", await plain.Viewer.PageAsync(List));
    }

    private async Task<string> UntilShownAsync(string page, string text)
    {
        var shown = "";
        await SupervisorDaemon.UntilAsync(
            async () => (shown = await host.Operator.PageAsync(page)).Contains(text), $"{page} shows {text}");
        return shown;
    }
}
