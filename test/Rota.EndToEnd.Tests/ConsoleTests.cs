using Microsoft.Playwright;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The console as a person sees it.</summary>
public sealed class ConsoleTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private const string NoBrowser = "Chromium is not installed.";

    [Fact]
    public async Task A_list_is_filtered_by_its_address_and_back_leads_back()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;

        await page.ClickAsync("nav >> text=Jobs");
        await page.FillAsync("input[name=filter]", "kind:mail.send gone@example.org");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync($"#job-{fixture.Failed}");
        Assert.Equal(1, await page.Locator("tbody tr").CountAsync());
        await page.ClickAsync($"#job-{fixture.Failed} a.id");
        await page.WaitForURLAsync($"**/console/jobs/{fixture.Failed}");
        await page.GoBackAsync();
        await page.WaitForSelectorAsync($"#job-{fixture.Failed}");

        Assert.Equal("kind:mail.send gone@example.org", await page.InputValueAsync("input[name=filter]"));
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task A_running_job_is_followed_and_canceled()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        var id = await fixture.Rota.EnqueueAsync("report.render", new { pages = 100_000 });
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;

        await page.GotoAsync(fixture.Of($"/console/jobs/{id}"));
        await page.WaitForSelectorAsync("progress.bar");
        var (lines, done) = (await page.Locator("#log > div").CountAsync(), await DoneAsync(page));
        await browser.WaitAsync($"document.querySelectorAll('#log > div').length > {lines} + 20");
        await browser.WaitAsync($"document.querySelector('progress.bar').value > {done}");
        await page.ClickAsync("main button:has-text('Cancel')");
        await page.ClickAsync("dialog .btn-danger");

        await page.WaitForSelectorAsync(".toasts >> text=/is asked to stop|is canceled/");
        await page.WaitForSelectorAsync("h1 + .state-canceled");
        Assert.Empty(browser.Complaints);
    }

    private static Task<double> DoneAsync(IPage page) =>
        page.EvaluateAsync<double>("document.querySelector('progress.bar').value");

    [Fact]
    public async Task A_long_log_opens_at_its_end_and_stays_bounded()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        var id = await fixture.Rota.EnqueueAsync("report.render", new { pages = 5_000, delayMs = 0 });
        await fixture.Rota.EndOfAsync(id);
        await using var browser = await fixture.SignInAsync();

        await browser.Page.GotoAsync(fixture.Of($"/console/jobs/{id}"));

        Assert.Equal(1_000, await browser.Page.Locator("#log > div").CountAsync());
        Assert.EndsWith("Rendered page 5000",
            await browser.Page.Locator("#log > div").Last.TextContentAsync(), StringComparison.Ordinal);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task What_a_job_writes_is_text_and_never_markup()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;

        await page.GotoAsync(fixture.Of($"/console/jobs/{fixture.Failed}"));

        Assert.Contains("<script>", await page.TextContentAsync("#log"));
        Assert.Equal(0, await page.Locator("#log script, pre b").CountAsync());
        Assert.Equal($"Job {fixture.Failed} · Rota", await page.TitleAsync());
        Assert.DoesNotContain("s3cret", await page.ContentAsync());
    }

    [Fact]
    public async Task Many_jobs_are_retried_after_a_look_at_how_many_they_are()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        var ids = new List<long>();
        for (var n = 0; n < 3; n++)
        {
            ids.Add(await fixture.Rota.EnqueueAsync(
                "mail.send", new { to = "bulk@example.org", fails = true }, new { tags = new[] { "bulk" } }));
        }
        foreach (var id in ids)
            await fixture.Rota.EndOfAsync(id);
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;

        await page.GotoAsync(fixture.Of("/console/jobs?tag=bulk&state=failed"));
        await page.CheckAsync($"#job-{ids[0]} input");
        await page.CheckAsync($"#job-{ids[2]} input");
        await page.ClickAsync("text=Retry picked");
        await page.ClickAsync("text=Retry 2 jobs");
        await page.WaitForSelectorAsync(".toasts >> text=2 jobs retried.");
        await page.ClickAsync("main a:text-is('retry')");

        await page.WaitForSelectorAsync("text=state:failed tag:bulk");
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task A_refresh_keeps_what_was_ticked_and_typed()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;

        await page.GotoAsync(fixture.Of("/console/jobs"));
        await page.CheckAsync($"tbody tr:nth-child(2) input");
        var picked = await page.InputValueAsync("tbody tr:nth-child(2) input");
        await page.FillAsync("input[name=filter]", "half a wo");
        var id = await fixture.Rota.EnqueueAsync("mail.send", new { to = "new@example.org" });

        await page.WaitForSelectorAsync($"#job-{id} .state-succeeded");
        Assert.True(await page.IsCheckedAsync($"#job-{picked} input"));
        Assert.Equal("half a wo", await page.InputValueAsync("input[name=filter]"));
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Without_script_lists_details_and_actions_work()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var browser = await fixture.SignInAsync(hasScript: false);
        var page = browser.Page;

        await page.GotoAsync(fixture.Of("/console/jobs?state=queued"));
        await page.ClickAsync("tbody a.id");
        await page.ClickAsync("main >> text=Cancel");
        await page.WaitForSelectorAsync(".toasts >> text=is canceled.");
        await page.ClickAsync("main button >> text=Retry");
        await page.WaitForSelectorAsync(".toasts >> text=runs again as job");
        await page.ClickAsync("text=Sign out");

        await page.WaitForURLAsync("**/console/sign-in");
    }

    [Fact]
    public async Task A_page_says_that_it_is_old_while_the_server_is_away_and_heals()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var rota = new RotaProcess(folder: null, ("ROTA_ADMIN_PASSWORD", ConsoleFixture.Password));
        await rota.StartAsync();
        await using var browser = await fixture.SignInAsync(rota: rota);
        var page = browser.Page;
        await page.GotoAsync(rota.Address + "/console/jobs");

        await rota.KillAsync();
        await page.WaitForSelectorAsync("#stale:not([hidden])");
        await rota.StartAsync();

        await page.WaitForSelectorAsync("#stale[hidden]", new() { State = WaitForSelectorState.Attached });
        var id = await rota.EnqueueAsync("shell.run", new { command = "true" });
        await page.WaitForSelectorAsync($"#job-{id}");
    }
}
