using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The console by the keyboard alone.</summary>
public sealed class ConsoleKeyTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task A_person_finds_a_job_and_goes_elsewhere_without_the_mouse()
    {
        Assert.SkipUnless(Browser.IsInstalled, "Chromium is not installed.");
        await using var browser = await fixture.SignInAsync();
        var (page, keys) = (browser.Page, browser.Page.Keyboard);

        await keys.PressAsync("Control+k");
        await page.WaitForSelectorAsync("#palette[open]");
        await keys.TypeAsync($"{fixture.Failed}");
        await page.WaitForSelectorAsync($"#palette-found a[aria-selected=true][href='/console/jobs/{fixture.Failed}']");
        await keys.PressAsync("Enter");
        await page.WaitForURLAsync($"**/console/jobs/{fixture.Failed}");

        await keys.PressAsync("g");
        await keys.PressAsync("e");
        await page.WaitForURLAsync("**/console/errors");
        await keys.PressAsync("j");
        Assert.Equal(1, await page.Locator("tbody a:focus").CountAsync());

        await keys.PressAsync("?");
        await page.WaitForSelectorAsync("#keys[open]");
        await keys.PressAsync("Escape");
        await browser.WaitAsync("document.querySelector('#keys[open]') === null");
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task The_jobs_of_an_error_run_again_by_one_button()
    {
        Assert.SkipUnless(Browser.IsInstalled, "Chromium is not installed.");
        await using var browser = await fixture.SignInAsync();
        var page = browser.Page;

        await page.GotoAsync(fixture.Of("/console/errors"));
        var row = page.Locator("tr", new() { HasText = "User unknown" });
        await row.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await page.Locator("dialog[open] .btn-danger").ClickAsync();

        await page.WaitForSelectorAsync(".toasts .alert-success");
        Assert.Contains("retried", await page.Locator(".toasts .alert-success").InnerTextAsync());
        Assert.Equal("/console/errors", new Uri(page.Url).AbsolutePath);
    }
}
