using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Supervised processes in the console, by mouse and keyboard, with the built program as the supervisor.
/// </summary>
public sealed class ProcessRideTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private const string NoBrowser = "Chromium is not installed.";

    [Fact]
    public async Task A_process_is_seen_stopped_started_watched_and_answered()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;

        // The overview says what is wrong, and leads to it.
        await page.WaitForSelectorAsync(".note >> text=FATAL at main: broken.");
        await browser.FollowAsync("nav >> text=Processes", "**/console/processes");
        await page.WaitForSelectorAsync(".note >> text=It is away: Nobody listens there.");
        await browser.FollowAsync(".tabs >> text=FATAL", "**state=fatal");
        Assert.Equal(["broken"], await page.Locator("tbody a.mono").AllInnerTextsAsync());
        await browser.FollowAsync("tbody >> text=broken", "**/console/processes/main/broken");
        await page.WaitForSelectorAsync("#log-stderr >> text=cannot open /etc/none");
        await page.WaitForSelectorAsync("text=process.fatal");

        // Stopped and started again; what it says is followed, without colours and as text.
        await browser.FollowAsync("nav >> text=Processes", "**/console/processes");
        await browser.FollowAsync("tbody >> text=ask", "**/console/processes/main/ask");
        await page.ClickAsync("main button:has-text('Stop')");
        await page.ClickAsync("dialog .btn-danger");
        await page.WaitForSelectorAsync(".toasts >> text=ask stops.");
        await page.WaitForSelectorAsync("h1 + .state:has-text('STOPPED')");
        await page.ClickAsync("main button:has-text('Start')");
        await page.WaitForSelectorAsync("h1 + .state:has-text('RUNNING')");
        await page.WaitForSelectorAsync("#log-stdout div:nth-child(2) >> text=ready <b>");

        // What it is told, it answers; the field was emptied by sending.
        await browser.TypeAsync("[name=text]", "how are you?");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#log-stdout >> text=heard how are you?");
        await browser.FollowAsync("nav >> text=Processes", "**/console/processes");
        await browser.FollowAsync("tbody >> text=mill_1", "**/console/processes/main/mill:mill_1");
        var lines = await page.Locator("#log-stdout > div").CountAsync();
        await browser.WaitAsync($"document.querySelectorAll('#log-stdout > div').length > {lines + 1}");
        Assert.DoesNotContain("s3cret", await page.ContentAsync());
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task A_group_is_stopped_and_a_changed_file_is_looked_at_and_applied()
    {
        Assert.SkipUnless(Browser.IsInstalled, NoBrowser);
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;
        await page.GotoAsync(fixture.Of("/console/processes"));
        await page.ClickAsync("[aria-label='Stop mill:*']");
        await page.ClickAsync("dialog .btn-danger");
        await page.WaitForSelectorAsync(".toasts >> text=mill:* stops.");
        await page.ClickAsync(".toasts >> text=Undo");
        await page.WaitForSelectorAsync(".toasts >> text=mill:* starts.");

        var file = await File.ReadAllTextAsync(fixture.SupervisorFile);
        await File.WriteAllTextAsync(fixture.SupervisorFile, file.Replace("sleep 1000", "sleep 2000"));
        await browser.FollowAsync("text=Changes of its file", "**/console/processes/main/-/update");
        await page.WaitForSelectorAsync("del:has-text('sleep 1000')");
        await page.CheckAsync("input[name=rolling]");
        await page.ClickAsync("main button:has-text('Update')");
        await page.WaitForSelectorAsync("dialog >> text=Restarts: later.");
        await page.ClickAsync("dialog .btn-danger");
        await page.WaitForURLAsync("**/console/processes?supervisor=main");
        await page.WaitForSelectorAsync(".toasts >> text=later was updated one process after the other.");
        Assert.Empty(browser.Complaints);
    }
}
