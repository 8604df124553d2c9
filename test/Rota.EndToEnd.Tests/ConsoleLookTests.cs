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
        ("schedule-new", "/console/schedules/new?kind=mail.send"),
        ("schedule-edit", "/console/schedules/nightly/edit"),
        ("schedule-backfill", "/console/schedules/nightly/backfill"), ("queues", "/console/queues"),
        ("plugins", "/console/plugins"), ("kind", "/console/kinds/mail.send"), ("nodes", "/console/nodes"),
        ("secrets", "/console/secrets"), ("webhooks", "/console/webhooks"), ("users", "/console/users"),
        ("tokens", "/console/tokens"), ("audit", "/console/audit"), ("health", "/console/health"),
        ("errors", "/console/errors"), ("metrics", "/console/metrics?kind=mail.send"), ("find", "/console/find?q=mail"),
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
        var axe = await File.ReadAllTextAsync(Axe());
        var found = new List<string>();
        foreach (var (name, path) in Pages)
        {
            await page.GotoAsync(fixture.Of(path));
            await page.ScreenshotAsync(new PageScreenshotOptions
            {
                Path = Path.Combine(Pictures, $"{name}-{scheme.ToString().ToLowerInvariant()}-{width}.png"),
                FullPage = true,
            });
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") > width)
                found.Add($"{name} is wider than {width}");
            await page.EvaluateAsync(axe);
            var barriers = await page.EvaluateAsync<JsonElement>("axe.run()");
            found.AddRange(barriers.GetProperty("violations").EnumerateArray()
                .Where(one => one.GetProperty("impact").GetString() is "serious" or "critical")
                .Select(one => $"{name}: {one.GetProperty("id")} {one.GetProperty("nodes")[0].GetProperty("html")}"));
        }
        Assert.Empty(found);
        Assert.Empty(browser.Complaints);
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
