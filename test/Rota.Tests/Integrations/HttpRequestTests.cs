using System.Text;
using Rota.Tests.Plugins;
using Xunit;

namespace Rota.Tests.Integrations;

public sealed class HttpRequestTests
{
    private const string Secret = "s3cr3t-v\"lue&more";

    [Fact]
    public async Task Secrets_reach_the_other_system_and_nothing_else()
    {
        await using var server = new LoopbackServer(
            (request, _) => LoopbackServer.Answer(200, "echo " + request.Headers["X-Key"]));
        await using var rota = await StartAsync();
        await rota.SetSecretAsync("key", Secret);

        var job = await rota.RunAsync("http.request", new
        {
            method = "post",
            url = $"{server.Address}hook?t={{{{secret:key}}}}",
            headers = new Dictionary<string, string> { ["X-Key"] = "{{secret:key}}" },
            body = new { inner = "{{secret:key}}" },
        });

        Assert.Equal(JobState.Succeeded, job.State);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", Secret), (request.Method, request.Headers["X-Key"]));
        Assert.Equal($"/hook?t={Uri.EscapeDataString(Secret)}", request.Path);
        Assert.Equal(Secret,
            System.Text.Json.JsonDocument.Parse(request.Body).RootElement.GetProperty("inner").GetString());
        var kept = await rota.LogOfAsync(job.Id) + Encoding.UTF8.GetString(job.Output!.Value.Span);
        Assert.Contains("http.request POST", kept);
        Assert.Contains("echo ********", kept);
        Assert.DoesNotContain("s3cr3t", kept);
    }

    [Theory]
    [InlineData(404, "[\"200-299\", 404]", JobState.Succeeded)]
    [InlineData(404, "[]", JobState.Failed)]
    [InlineData(200, "[\"4xx\"]", JobState.Failed)]
    public async Task An_unexpected_status_fails_the_attempt(int status, string expected, JobState state)
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(status, "the page"));
        await using var rota = await StartAsync();

        var job = await rota.RunAsync("http.request", new
        {
            url = server.Address,
            expectedStatus = System.Text.Json.JsonDocument.Parse(expected).RootElement,
        });

        Assert.Equal(state, job.State);
        if (state == JobState.Failed)
            Assert.Contains(status == 404 ? "answered 404: the page" : "'4xx' is no status code", job.Error);
    }

    [Fact]
    public async Task An_address_that_is_not_http_is_refused()
    {
        await using var rota = await StartAsync();

        var job = await rota.RunAsync("http.request", new { url = "file:///etc/passwd" });

        Assert.Contains("no http or https address", job.Error);
    }

    [Fact]
    public async Task A_feed_is_posted_entry_by_entry_and_each_only_once()
    {
        const string Feed = """
            <rss version="2.0"><channel><title>T</title>
            <item><guid>b</guid><title>Second</title><link>http://x/2</link></item>
            <item><guid>a</guid><title>First</title></item></channel></rss>
            """;
        var isDown = true;
        await using var webhook = new LoopbackServer((request, _) =>
            LoopbackServer.Answer(isDown && request.Body.Contains("Second") ? 400 : 204));
        await using var feed = new LoopbackServer((request, _) => request.Headers.ContainsKey("If-None-Match")
            ? LoopbackServer.Answer(304) : LoopbackServer.Answer(200, Feed, "ETag: \"v1\""));
        await using var rota = await StartAsync();
        var args = new { feedUrl = feed.Address, webhookUrl = webhook.Address };

        Assert.Equal(JobState.Failed, (await rota.RunAsync("feed.watch", args)).State);
        isDown = false;
        Assert.Equal(JobState.Succeeded, (await rota.RunAsync("feed.watch", args)).State);
        Assert.Equal(JobState.Succeeded, (await rota.RunAsync("feed.watch", args)).State);

        Assert.Equal(["First", "Second", "Second"], webhook.Requests.Select(TitleOf));
        Assert.Equal(2, webhook.Requests.Select(request => request.Headers["Idempotency-Key"]).Distinct().Count());
        Assert.True(feed.Requests[^1].Headers.ContainsKey("If-None-Match"));
    }

    [Fact]
    public async Task A_feed_with_a_document_type_is_refused()
    {
        await using var feed = new LoopbackServer((_, _) => LoopbackServer.Answer(200,
            "<!DOCTYPE rss [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
                + "<rss><channel><item><title>&f;</title></item></channel></rss>"));
        await using var rota = await StartAsync();

        var job = await rota.RunAsync("feed.watch", new { feedUrl = feed.Address, webhookUrl = feed.Address });

        Assert.Contains("DTD is prohibited", job.Error);
    }

    private static string TitleOf(Received request) =>
        System.Text.Json.JsonDocument.Parse(request.Body).RootElement.GetProperty("title").GetString()!;

    private static Task<TestRota> StartAsync() => TestRota.StartAsync(
        rota => rota.AddBuiltIns(options => options.AllowedHosts = ["127.0.0.1"]),
        folder => folder.CopySamples());
}
