using Microsoft.Playwright;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Whole pieces of work in the console by mouse and keyboard alone: those of ConnectHub and of SQLAdmin, two
/// people at once, and a server that goes away meanwhile.</summary>
public sealed class ConsoleRideTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private const string NoBrowser = "Chromium is not installed.", Secret = "hub-secret-5d1f";

    private static RotaProcess NewRota() => new(folder: null, ("ROTA_ADMIN_PASSWORD", ConsoleFixture.Password));

    [Fact]
    public async Task The_work_of_ConnectHub()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var rota = NewRota();
        FeedTests.CopyPlugin(rota, "example");
        await rota.StartAsync();
        await using var browser = await fixture.SignInAsync(rota: rota);
        var page = browser.Page;

        // A schedule with cron, parameters and a secret, whose name is wrong.
        await browser.FollowAsync("nav >> text=Schedules", "**/console/schedules");
        await browser.FollowAsync("text=New schedule", "**/console/schedules/-/new");
        await browser.TypeFirstAsync("#name", "greeting");
        await browser.TypeAsync("#cron", "*/2 * * * * *");
        await page.WaitForSelectorAsync(".explained >> text=/second/");
        await browser.TypeAsync("#kind", "example.hello");
        await browser.TypeAsync("[name='args.name']", "Mars");
        await page.ClickAsync("summary:has-text('Secrets')");
        await browser.TypeAsync("[name=secret_name_1]", "tokn");
        await browser.TypeAsync("[name=secret_value_1]", Secret);
        await page.ClickAsync("text=Create");

        // It runs by itself, and fails: its log says why.
        await page.WaitForSelectorAsync(".strip a.state-failed");
        await page.ClickAsync("main button:has-text('Pause')");
        await page.WaitForSelectorAsync(".toasts >> text=greeting is paused");
        await browser.FollowAsync(".strip a.state-failed >> nth=0", "**/console/jobs/*");
        await page.WaitForSelectorAsync("h1 + .state-failed");
        await page.WaitForSelectorAsync("text=The schedule has no secret named 'token'.");

        // What was wrong is mended, and what it greets is another from now on.
        await browser.FollowAsync(".facts a:text-is('greeting')", "**/console/schedules/greeting");
        await browser.FollowAsync("main a:has-text('Edit')", "**/edit");
        await browser.TypeAsync("[name='args.name']", "Venus");
        await browser.TypeAsync("[name=secret_name_1]", "token");
        await browser.TypeAsync("[name=secret_value_1]", Secret);
        await page.ClickAsync("main button.btn-primary");
        await page.WaitForSelectorAsync(".toasts >> text=greeting is changed.");

        // The failed run again, as it was, with the secrets of today.
        await browser.FollowAsync("nav >> text=Jobs", "**/console/jobs");
        await browser.FollowAsync(".tabs a[href*='state=failed']", "**state=failed*");
        await browser.FollowAsync("tbody a.id >> nth=0", "**/console/jobs/*");
        var failed = page.Url;
        await page.ClickAsync("main button:text-is('Retry')");
        await page.WaitForSelectorAsync(".toasts >> text=runs again as job");
        await page.WaitForSelectorAsync("h1 + .state-succeeded");
        await page.WaitForSelectorAsync("#log >> text=Hello, Mars");
        Assert.NotEqual(failed, page.Url);
        Assert.DoesNotContain(Secret, await page.ContentAsync());
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task The_work_of_SQLAdmin()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;

        // Create.
        await browser.FollowAsync("nav >> text=Schedules", "**/console/schedules");
        await browser.FollowAsync("text=New schedule", "**/console/schedules/-/new");
        await browser.TypeFirstAsync("#name", "monthly");
        await page.ClickAsync("label[for=when-every]");
        await browser.TypeAsync("#every", "30d");
        await browser.TypeAsync("#kind", "report.render");
        await browser.TypeAsync("[name='args.pages']", "2");
        await page.ClickAsync("text=Create");
        await page.WaitForSelectorAsync(".toasts >> text=The schedule monthly is made.");

        // List, search, sort, filter.
        await browser.FollowAsync("nav >> text=Schedules", "**/console/schedules");
        await browser.FollowAsync("th a.sort:text-is('Name')", "**sort=-name");
        Assert.Equal(["nightly", "monthly"], await page.Locator("tbody td:first-child a").AllInnerTextsAsync());
        await browser.TypeAsync("[data-filter]", "month");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**q=month*");
        Assert.Equal(1, await page.Locator("tbody tr").CountAsync());
        await browser.FollowAsync(".tabs >> text=Paused", "**state=paused*");
        await page.WaitForSelectorAsync("text=No schedule fits.");
        await browser.FollowAsync(".tabs >> text=Active", "**state=active*");

        // Details, an action of its own, and its jobs as a file.
        await browser.FollowAsync("tbody a:text-is('monthly')", "**/console/schedules/monthly");
        await browser.FollowAsync("main button:has-text('Run now')", "**/console/jobs/*");
        await page.WaitForSelectorAsync("h1 + .state-succeeded");
        await page.GoBackAsync();
        await browser.FollowAsync("text=Its jobs", "**/console/jobs?schedule=monthly");
        var file = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("main a:text-is('CSV')"));
        Assert.Contains("report.render", await File.ReadAllTextAsync(await file.PathAsync()));

        // Edit, delete, undo.
        await browser.FollowAsync("nav >> text=Schedules", "**/console/schedules");
        await browser.FollowAsync("tbody a:text-is('monthly')", "**/console/schedules/monthly");
        await browser.FollowAsync("main a:has-text('Edit')", "**/edit");
        await browser.TypeAsync("#every", "60d");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("text=Every 60d");
        await page.ClickAsync("main button:has-text('Remove')");
        await page.ClickAsync("dialog .btn-danger");
        await page.WaitForURLAsync("**/console/schedules");
        Assert.Equal(["nightly"], await page.Locator("tbody td:first-child a").AllInnerTextsAsync());
        await page.ClickAsync(".toasts >> text=Undo");
        await page.WaitForSelectorAsync("text=Every 60d");
        Assert.Empty(browser.Complaints);

        // Who only looks sees the same, and no button.
        await fixture.Rota.PutAsync("users/looker", new { role = "viewer", password = ConsoleFixture.Password });
        await using var other = await fixture.SignInAsync(user: "looker");
        await other.FollowAsync("nav >> text=Schedules", "**/console/schedules");
        await other.FollowAsync("tbody a:text-is('monthly')", "**/console/schedules/monthly");
        Assert.Equal(0, await other.Page.Locator("main form[method=post], main a:has-text('Edit')").CountAsync());
        await other.Page.GotoAsync(fixture.Of("/console/schedules/monthly/edit"));
        await other.Page.WaitForSelectorAsync("h1:text-is('This is not for your role')");
    }

    [Fact]
    public async Task Two_people_see_each_others_changes_and_none_is_lost()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await fixture.Rota.PutAsync("users/ann", new { role = "operator", password = ConsoleFixture.Password });
        await fixture.Rota.PutAsync("schedules/shared",
            new { trigger = new { every = "30d" }, kind = "report.render", args = new { pages = 1 } });
        await using var admin = await fixture.SignInAsync();
        await using var ann = await fixture.SignInAsync(user: "ann");
        var shared = fixture.Of("/console/schedules/shared");
        await admin.Page.GotoAsync(shared);
        await ann.Page.GotoAsync(shared);

        await ann.Page.ClickAsync("main button:has-text('Pause')");
        await admin.Page.WaitForSelectorAsync("h1 + .state:has-text('paused')");
        await admin.Page.WaitForSelectorAsync("td:has-text('ann')");

        // Both edit; the second one is told, and keeps what was written.
        await admin.Page.GotoAsync(shared + "/edit");
        await ann.Page.GotoAsync(shared + "/edit");
        await ann.TypeAsync("[name='args.pages']", "7");
        await ann.Page.Keyboard.PressAsync("Enter");
        await ann.Page.WaitForSelectorAsync(".toasts >> text=shared is changed.");
        await admin.TypeAsync("[name='args.pages']", "9");
        await admin.Page.Keyboard.PressAsync("Enter");
        await admin.Page.WaitForSelectorAsync("[role=alert] >> text=by now");

        Assert.Equal("9", await admin.Page.InputValueAsync("[name='args.pages']"));
        var kept = await fixture.Rota.GetAsync("schedules/shared");
        Assert.Equal(7, kept.GetProperty("args").GetProperty("pages").GetInt32());
        using var gone = await fixture.Rota.Http.DeleteAsync("schedules/shared");
    }

    [Fact]
    public async Task A_half_filled_form_outlives_a_restart_of_the_server()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var rota = NewRota();
        await rota.StartAsync();
        await using var browser = await fixture.SignInAsync(rota: rota);
        var page = browser.Page;
        await page.GotoAsync(rota.Address + "/console/schedules/-/new");
        await browser.TypeFirstAsync("#name", "patient");

        await rota.KillAsync();
        await page.WaitForSelectorAsync("#stale:not([hidden])");
        await browser.TypeAsync("#cron", "0 3 * * *");
        await rota.StartAsync();
        await page.WaitForSelectorAsync("#stale[hidden]", new() { State = WaitForSelectorState.Attached });

        Assert.Equal("patient", await page.InputValueAsync("#name"));
        await browser.TypeAsync("#kind", "some.kind");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/console/schedules/patient");
        await page.WaitForSelectorAsync("text=At 03:00");
    }

    [Fact]
    public async Task A_node_is_drained_and_takes_jobs_again_after_undo()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var rota = NewRota();
        rota.Environment["ROTA_WORKERS__NODE"] = "one";
        await rota.StartAsync();
        await using var browser = await fixture.SignInAsync(rota: rota);
        var page = browser.Page;

        await browser.FollowAsync("nav >> text=Nodes", "**/console/nodes");
        await page.ClickAsync("main button:has-text('Drain')");
        await page.ClickAsync("dialog .btn-danger");
        await page.WaitForSelectorAsync("td .state:has-text('drained')");
        await RotaProcess.WaitAsync(
            () => rota.Output.Any(line => line.Contains("This node was drained")), "the node has heard of it");
        var id = await rota.EnqueueAsync("demo.hello", new { });
        var (code, output, error) = await rota.RunAsync(["nodes", "list"]);

        Assert.True(code == 0 && output.Contains("drained"), output + error);
        Assert.Contains("is drained", (await rota.GetAsync($"jobs/{id}")).GetProperty("why").GetString());
        await page.ClickAsync("main button:has-text('Resume')");
        await page.WaitForSelectorAsync("td .state:has-text('alive')");
        await rota.EndOfAsync(id);
        Assert.Equal(0, (await rota.RunAsync(["nodes", "drain", "one"])).Code);
        await page.WaitForSelectorAsync("td .state:has-text('drained')");
        Assert.Empty(browser.Complaints);
    }
}
