using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rota.Integrations;
using Xunit;

namespace Rota.Tests.Integrations;

public sealed class GuardedHttpTests
{
    private readonly QuickTime _time = new();
    private readonly Lines _log = new();

    [Fact]
    public async Task A_name_that_resolves_to_loopback_is_blocked_before_a_connection()
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(200));
        using var http = Open();

        var error = await Assert.ThrowsAsync<RotaException>(() => GetAsync(http, $"http://localhost:{server.Port}/"));

        Assert.Equal("http.blocked", error.Code);
        Assert.Contains("AllowedHosts", error.Hint);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("http://127.0.0.1:PORT/")]
    [InlineData("http://2130706433:PORT/")]
    [InlineData("http://0x7f.1:PORT/")]
    [InlineData("http://[::ffff:127.0.0.1]:PORT/")]
    [InlineData("http://0:PORT/")]
    public async Task Every_spelling_of_loopback_is_blocked(string url)
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(200));
        using var http = Open();

        var error = await Assert.ThrowsAsync<RotaException>(
            () => GetAsync(http, url.Replace("PORT", $"{server.Port}")));

        Assert.Equal("http.blocked", error.Code);
    }

    [Fact]
    public async Task A_redirect_to_a_private_address_is_blocked()
    {
        await using var inner = new LoopbackServer((_, _) => LoopbackServer.Answer(200, "the crown jewels"));
        await using var outer = new LoopbackServer(
            (_, _) => LoopbackServer.Answer(302, "", $"Location: {inner.Address}"));
        using var http = Open("localhost");

        var error = await Assert.ThrowsAsync<RotaException>(() => GetAsync(http, $"http://localhost:{outer.Port}/"));

        Assert.Equal("http.blocked", error.Code);
        Assert.Empty(inner.Requests);
    }

    [Theory]
    [InlineData(false, 302)]
    [InlineData(false, 307)]
    [InlineData(true, 302)]
    public async Task Headers_that_may_hold_secrets_do_not_follow_a_redirect_to_another_host(bool isSame, int status)
    {
        var target = "";
        await using var other = new LoopbackServer((_, _) => LoopbackServer.Answer(200, "there"));
        await using var server = new LoopbackServer((request, _) => request.Path == "/there"
            ? LoopbackServer.Answer(200, "there") : LoopbackServer.Answer(status, "", $"Location: {target}"));
        target = isSame ? "/there" : $"{other.Address}there";
        using var http = Open("127.0.0.1");
        using var client = http.CreateClient("test");
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address);
        request.Headers.Add("X-Key", "s3cr3t");
        request.Headers.Add("Accept", "text/html");

        using var response = await client.SendAsync(request);

        Assert.Equal("there", await response.Content.ReadAsStringAsync());
        var followed = isSame ? server.Requests[1] : Assert.Single(other.Requests);
        Assert.Equal(("/there", "text/html"), (followed.Path, followed.Headers["Accept"]));
        Assert.Equal(isSame, followed.Headers.ContainsKey("X-Key"));
    }

    [Theory]
    [InlineData(301, "GET", "")]
    [InlineData(302, "GET", "")]
    [InlineData(303, "GET", "")]
    [InlineData(307, "POST", "what")]
    [InlineData(308, "POST", "what")]
    public async Task A_redirected_post_is_a_get_unless_the_status_says_otherwise(
        int status, string method, string body)
    {
        await using var server = new LoopbackServer((request, _) => request.Path == "/there"
            ? LoopbackServer.Answer(200) : LoopbackServer.Answer(status, "", "Location: there"));
        using var http = Open("127.0.0.1");
        using var client = http.CreateClient("test");

        using var response = await client.PostAsync(server.Address, new StringContent("what"));

        Assert.Equal((method, "/there", body),
            (server.Requests[1].Method, server.Requests[1].Path, server.Requests[1].Body));
    }

    [Theory]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_body_that_may_hold_secrets_does_not_follow_a_redirect_to_another_host(int status)
    {
        await using var other = new LoopbackServer((_, _) => LoopbackServer.Answer(200, "there"));
        await using var server = new LoopbackServer(
            (_, _) => LoopbackServer.Answer(status, "", $"Location: {other.Address}"));
        using var http = Open("127.0.0.1");
        using var client = http.CreateClient("test");

        using var response = await client.PostAsync(server.Address, new StringContent("s3cr3t"));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Redirects_that_never_end_are_followed_ten_times()
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(302, "", "Location: /again"));
        using var http = Open("127.0.0.1");
        using var client = http.CreateClient("test");

        using var response = await client.GetAsync(server.Address);

        Assert.Equal((302, 11), ((int)response.StatusCode, server.Requests.Count));
    }

    [Fact]
    public async Task A_call_is_repeated_after_500_and_after_429_when_it_says_so()
    {
        await using var server = new LoopbackServer((_, number) => number switch
        {
            1 => LoopbackServer.Answer(500),
            2 => LoopbackServer.Answer(429, "", "Retry-After: 7"),
            _ => LoopbackServer.Answer(200, "at last"),
        });
        using var http = Open("127.0.0.1");

        Assert.Equal("at last", await GetAsync(http, $"{server.Address}feed?page=2&api_key=abc123"));

        Assert.Contains(TimeSpan.FromSeconds(7), _time.Waits);
        var line = Assert.Single(_log.All);
        Assert.Contains("test GET", line);
        Assert.Contains("200 in", line);
        Assert.Contains("tries: 3", line);
        Assert.Contains("page=2", line);
        Assert.DoesNotContain("abc123", line);
    }

    [Fact]
    public async Task Retry_After_can_be_a_date_and_is_capped()
    {
        var date = DateTimeOffset.UtcNow.AddHours(1).ToString("R");
        await using var server = new LoopbackServer((_, number) =>
            number == 1 ? LoopbackServer.Answer(503, "", $"Retry-After: {date}") : LoopbackServer.Answer(200));
        using var http = Open("127.0.0.1");

        await GetAsync(http, server.Address.ToString());

        Assert.Contains(TimeSpan.FromSeconds(60), _time.Waits);
    }

    [Theory]
    [InlineData("POST", false, 500, 1)]
    [InlineData("POST", true, 500, 4)]
    [InlineData("PUT", false, 502, 4)]
    [InlineData("DELETE", false, 408, 4)]
    [InlineData("GET", false, 501, 1)]
    [InlineData("GET", false, 404, 1)]
    public async Task Only_what_does_no_harm_twice_is_repeated(string method, bool hasKey, int status, int tries)
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(status));
        using var http = Open("127.0.0.1");
        using var client = http.CreateClient("test");
        using var request = new HttpRequestMessage(new HttpMethod(method), server.Address);
        if (method is "POST" or "PUT")
            request.Content = new StringContent("the body", MediaTypeHeaderValue.Parse("text/plain"));
        if (hasKey)
            request.Headers.Add("Idempotency-Key", "k-1");

        using var response = await client.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(tries, server.Requests.Count);
        Assert.All(server.Requests, one => Assert.Equal(method is "POST" or "PUT" ? "the body" : "", one.Body));
    }

    [Fact]
    public async Task A_server_that_hangs_times_out_on_each_try()
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Hang);
        using var http = Open("127.0.0.1");

        using var client = http.CreateClient("test", timeout: TimeSpan.FromMilliseconds(500));

        var error = await Assert.ThrowsAsync<RotaException>(() => client.GetStringAsync(server.Address));

        Assert.Equal("http.timeout", error.Code);
        Assert.Contains("tries: 4", Assert.Single(_log.All));
    }

    [Fact]
    public async Task A_response_over_the_limit_is_not_read()
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(200, new string('x', 5_000)));
        using var http = Open("127.0.0.1");

        var error = await Assert.ThrowsAsync<RotaException>(() => GetAsync(http, server.Address.ToString()));

        Assert.Equal("http.too_large", error.Code);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("https://user:pass@a.example/x", "https://********@a.example/x")]
    [InlineData("https://a.example/x?page=2&token=abc&X-Amz-Signature=def",
        "https://a.example/x?page=2&token=********&X-Amz-Signature=********")]
    [InlineData("https://a.example/x", "https://a.example/x")]
    public void An_address_is_masked_for_the_log(string address, string masked) =>
        Assert.Equal(masked, UrlMask.Of(new Uri(address)));

    private GuardedHttp Open(params string[] allowed) => new(
        Options.Create(new IntegrationOptions { AllowedHosts = allowed, ResponseBytesMax = 4_096 }),
            _time, new Random(1), _log);

    private static async Task<string> GetAsync(GuardedHttp http, string url)
    {
        using var client = http.CreateClient("test");
        return await client.GetStringAsync(url);
    }

    private sealed class Lines : ILogger<GuardedHttp>
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => All.Enqueue(formatter(state, exception));
    }
}
