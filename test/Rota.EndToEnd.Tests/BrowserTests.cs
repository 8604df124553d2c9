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

        var link = rota.Output.Single(line => line.Contains("/setup?code=")).Split(' ')[^1];
        await browser.GoAsync(link);
        await browser.WaitAsync("document.querySelector('input[name=password]') !== null");
        // The policy lets the page's own style in.
        Assert.Equal("grid", (await browser.EvaluateAsync("getComputedStyle(document.body).display")).GetString());
        await browser.EvaluateAsync("document.querySelector('input[name=password]').value = 'long enough password'");
        await browser.EvaluateAsync("document.querySelector('button').click()");
        await browser.WaitAsync("document.querySelector('h1')?.textContent === 'Ready'");

        await browser.EvaluateAsync("document.querySelector('a[href=\"/docs\"]').click()");
        await browser.WaitAsync("document.querySelector('.opblock') !== null");
        var operations = (await browser.EvaluateAsync(Operations)).GetInt32();
        Assert.True(operations > 40, $"{operations} operations are described");
        await browser.WaitAsync($"document.querySelectorAll('.opblock').length === {operations}");

        await browser.EvaluateAsync("document.querySelector('[data-path=\"/api/v1/me\"]').closest('button').click()");
        await browser.WaitAsync("document.querySelector('.try-out__btn') !== null");
        await browser.EvaluateAsync("document.querySelector('.try-out__btn').click()");
        await browser.WaitAsync("document.querySelector('.execute') !== null");
        await browser.EvaluateAsync("document.querySelector('.execute').click()");
        await browser.WaitAsync("""
            document.querySelector('.live-responses-table')?.textContent.includes('"role": "admin"') === true
            """);
        Assert.Empty(browser.Complaints);

        // The policy is in force, and a breach of it would have been seen.
        await browser.EvaluateAsync(ForeignScript);
        await RotaProcess.WaitAsync(() => browser.Complaints.Any(text => text.Contains("Content Security Policy")),
            "the console tells of the breach");
        Assert.Equal("undefined", (await browser.EvaluateAsync("typeof foreign")).GetString());
    }
}
