using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The first run in a real browser, from the link that the server prints to a call of the API.</summary>
public sealed class BrowserTests
{
    private const string Operations = """
        fetch('/openapi/v1.json').then(answer => answer.json())
            .then(api => Object.values(api.paths).flatMap(path => Object.keys(path)).length)
        """;

    private const string ForeignScript = """
        document.head.append(Object.assign(document.createElement('script'), { textContent: 'window.foreign = 1' }))
        """;

    [Fact]
    public async Task A_person_sets_up_and_calls_the_API_from_its_page_under_its_policy()
    {
        Assert.SkipUnless(Browser.IsInstalled, "Chromium is not installed.");
        await using var rota = await new RotaProcess().StartAsync();
        await using var browser = await new Browser().StartAsync();
        var page = browser.Page;

        await page.GotoAsync(rota.Output.Single(line => line.Contains("/setup?code=")).Split(' ')[^1]);
        // The policy lets the console's style in.
        Assert.Equal("grid",
            await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('.alone')).display"));
        await page.FillAsync("input[name=password]", "long enough password");
        await page.ClickAsync("button");
        await browser.WaitAsync("document.querySelector('h1')?.textContent === 'Ready'");

        await page.ClickAsync("a[href='/docs']");
        await page.WaitForSelectorAsync(".opblock");
        var operations = await page.EvaluateAsync<int>(Operations);
        Assert.True(operations > 40, $"{operations} operations are described");
        await browser.WaitAsync($"document.querySelectorAll('.opblock').length === {operations}");

        await page.EvaluateAsync("document.querySelector('[data-path=\"/api/v1/me\"]').closest('button').click()");
        await page.ClickAsync(".try-out__btn");
        await page.ClickAsync(".execute");
        await browser.WaitAsync("""
            document.querySelector('.live-responses-table')?.textContent.includes('"role": "admin"') === true
            """);
        Assert.Empty(browser.Complaints);

        // The policy is in force, and a breach of it would have been seen.
        await page.EvaluateAsync(ForeignScript);
        await RotaProcess.WaitAsync(() => browser.Complaints.Any(text => text.Contains("Content Security Policy")),
            "the console tells of the breach");
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof foreign"));
    }
}
