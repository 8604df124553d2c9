using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Every page of the console in both themes, wide and narrow: without barriers, without complaints of the
/// browser, without a bar to scroll sideways. Pictures of them are left in artifacts/screenshots.</summary>
public sealed class ConsoleLookTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private const int Narrow = 360, Wide = 1280;

    private static readonly string Pictures = Path.Combine(RotaProcess.Repository, "artifacts", "screenshots");

    private IReadOnlyList<(string Name, string Path)> Pages =>
    [
        ("overview", "/console"), ("jobs", "/console/jobs"), ("jobs-failed", "/console/jobs?state=failed"),
        ("jobs-empty", "/console/jobs?q=nothing-like-this"), ("job", $"/console/jobs/{fixture.Failed}"),
        ("job-edit", $"/console/jobs/{fixture.Failed}/edit"),
        ("jobs-bulk", "/console/jobs/bulk?does=retry&state=failed"),
        ("schedules", "/console/schedules"), ("schedule", "/console/schedules/nightly"),
        ("schedule-new", "/console/schedules/-/new?kind=mail.send"),
        ("schedule-edit", "/console/schedules/nightly/edit"),
        ("schedule-backfill", "/console/schedules/nightly/backfill"), ("queues", "/console/queues"),
        ("plugins", "/console/plugins"), ("kind", "/console/kinds/mail.send"), ("nodes", "/console/nodes"),
        ("secrets", "/console/secrets"), ("webhooks", "/console/webhooks"), ("users", "/console/users"),
        ("tokens", "/console/tokens"), ("audit", "/console/audit"), ("health", "/console/health"),
        ("errors", "/console/errors"), ("metrics", "/console/metrics?kind=mail.send"), ("find", "/console/find?q=mail"),
        ("processes", "/console/processes"), ("process", "/console/processes/main/ask"),
        ("process-fatal", "/console/processes/main/broken"), ("process-update", "/console/processes/main/-/update"),
        ("process-end", "/console/processes/main/-/end"),
    ];

    [Theory]
    [InlineData(Wide, ColorScheme.Light)]
    [InlineData(Wide, ColorScheme.Dark)]
    [InlineData(Narrow, ColorScheme.Light)]
    public async Task Pages_are_without_barriers_and_fit(int width, ColorScheme scheme)
    {
        Assert.SkipUnless(Browser.IsInstalled, "Chromium is not installed.");
        await using var browser = await fixture.SignInAsync(width, scheme);
        var page = browser.Page;
        var found = new List<string>();
        foreach (var (name, path) in Pages)
            found.AddRange(await LookAsync(page, name, fixture.Of(path), width, scheme));
        Assert.Empty(found);
        Assert.Empty(browser.Complaints);
    }

    [Theory]
    [InlineData(Wide, ColorScheme.Light)]
    [InlineData(Wide, ColorScheme.Dark)]
    [InlineData(Narrow, ColorScheme.Light)]
    public async Task The_first_run_the_sign_in_and_errors_look_like_the_console(int width, ColorScheme scheme)
    {
        Assert.SkipUnless(Browser.IsInstalled, "Chromium is not installed.");
        await using var rota = await new RotaProcess().StartAsync();
        await using var browser = await new Browser().StartAsync(width, scheme);
        var page = browser.Page;

        var found = new List<string>();
        found.AddRange(await LookAsync(page, "setup", rota.Address + "/setup", width, scheme));
        await page.GotoAsync(rota.Output.Single(line => line.Contains("/setup?code=")).Split(' ')[^1]);
        await page.FillAsync("#password", "short");
        await page.ClickAsync("main button");
        await page.WaitForSelectorAsync("#password-wrong");
        await page.FillAsync("#password", ConsoleFixture.Password);
        await page.ClickAsync("main button");
        await page.WaitForSelectorAsync("h1:text-is('Ready')");
        found.AddRange(await LookAsync(page, "setup-done", address: null, width, scheme));
        found.AddRange(await LookAsync(page, "setup-over", rota.Address + "/setup", width, scheme));
        found.AddRange(await LookAsync(page, "sign-in", rota.Address + "/console/sign-in", width, scheme));
        found.AddRange(await LookAsync(page, "error", rota.Address + "/console/jobs/404", width, scheme));
        await page.Context.ClearCookiesAsync();
        found.AddRange(await LookAsync(page, "error-alone", rota.Address + "/console/assets/none", width, scheme));

        Assert.Empty(found);
        Assert.All(browser.Complaints, complaint => Assert.Contains("status of 40", complaint));
    }

    /// <param name="address">Null: the page that is there.</param>
    /// <returns>What is wrong with the page.</returns>
    private static async Task<IReadOnlyList<string>> LookAsync(
        IPage page, string name, string? address, int width, ColorScheme scheme)
    {
        if (address is not null)
            await page.GotoAsync(address);
        await page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = Path.Combine(Pictures, $"{name}-{scheme.ToString().ToLowerInvariant()}-{width}.png"),
            FullPage = true,
        });
        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe()));
        var barriers = await page.EvaluateAsync<JsonElement>("axe.run({ resultTypes: ['violations'] })");
        var found = barriers.GetProperty("violations").EnumerateArray()
            .Where(one => one.GetProperty("impact").GetString() is "serious" or "critical")
            .Select(one => $"{name}: {one.GetProperty("id")} {one.GetProperty("nodes")[0].GetProperty("html")}");
        var isWide = await page.EvaluateAsync<int>("document.documentElement.scrollWidth") > width;
        return isWide ? [.. found, $"{name} is wider than {width}"] : [.. found];
    }

    [Fact]
    public async Task The_first_page_is_small_and_the_second_brings_only_itself()
    {
        Assert.SkipUnless(Browser.IsInstalled, "Chromium is not installed.");
        await using var browser = await new Browser().StartAsync();
        var (bytes, requests) = (0L, 0);
        browser.Page.RequestFinished += async (_, request) =>
        {
            if (request.Url.EndsWith("/live", StringComparison.Ordinal))
                return;
            Interlocked.Increment(ref requests);
            Interlocked.Add(ref bytes, (await request.SizesAsync()).ResponseBodySize);
        };

        await browser.Page.GotoAsync(fixture.Of("/console/sign-in"));
        await browser.Page.FillAsync("#name", "admin");
        await browser.Page.FillAsync("#password", ConsoleFixture.Password);
        await browser.Page.ClickAsync("main button");
        await browser.Page.WaitForSelectorAsync("#rate canvas");

        Assert.InRange(Volatile.Read(ref requests), 5, 12);
        Assert.InRange(Interlocked.Read(ref bytes), 50_000, 150_000);
    }

    private static string Axe() => Directory.EnumerateDirectories(
            Path.Combine(RotaProcess.Repository, "artifacts", "npm"))
        .Select(folder => Path.Combine(folder, "node_modules", "axe-core", "axe.min.js")).First(File.Exists);
}
