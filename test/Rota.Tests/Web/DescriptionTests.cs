using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Rota.Tests.Web;

public sealed partial class DescriptionTests(WebHost host) : IClassFixture<WebHost>
{
    [Fact]
    public async Task The_description_lists_every_route_of_the_api()
    {
        var document = await host.Viewer.GetJsonAsync("/openapi/v1.json");
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject()
                .Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));
        var mapped = AccessTests.Routes(host).Where(route => route.Path.StartsWith("/api/", StringComparison.Ordinal))
            .Select(route => $"{route.Method} {route.Path}");

        Assert.StartsWith("3.1", document.Text("openapi"));
        Assert.Empty(mapped.Except(described));
        var state = document.GetProperty("components").GetProperty("schemas").GetProperty("JobState");
        Assert.Equal("scheduled", state.GetProperty("enum")[0].GetString());
    }

    [Fact]
    public async Task The_contract_names_every_route_of_the_api()
    {
        var contract = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "http-api.md"));
        var missing = AccessTests.Routes(host)
            .Where(route => route.Path.StartsWith("/api/v1/", StringComparison.Ordinal))
            .Select(route => route.Path["/api/v1".Length..])
            .Where(path => !contract.Contains(path) && !contract.Contains($"`/{path.Split('/')[^1]}`"));
        Assert.Empty(missing);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rota.slnx")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [Fact]
    public async Task The_page_to_try_the_api_is_served_to_callers()
    {
        using var page = await host.Viewer.GetAsync("/docs/index.html");
        Assert.Contains("swagger-ui", await page.Content.ReadAsStringAsync());
        Assert.Contains("script-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single());
        using var script = await host.Viewer.GetAsync("/docs/swagger-ui-bundle.js");
        Assert.Equal(200, (int)script.StatusCode);
    }

    [Fact]
    public async Task Health_is_told_to_anybody()
    {
        Assert.Equal("ok\n", await host.Anonymous.GetStringAsync("/healthz"));
        Assert.Equal("ready\n", await host.Anonymous.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task Metrics_parse_and_tell_of_jobs()
    {
        await host.EndOfAsync(await host.EnqueueAsync("test.say", new { text = "x" }));
        var text = await host.Viewer.GetStringAsync("/metrics");

        var types = new Dictionary<string, string>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
                types.Add(line.Split(' ')[2], line.Split(' ')[3]);
            if (line[0] == '#')
                continue;
            var sample = SamplePattern.Match(line);
            Assert.True(sample.Success, line);
            Assert.Contains(types.Keys, name => sample.Groups["name"].Value.StartsWith(name, StringComparison.Ordinal));
            Assert.True(sample.Groups["value"].Value is "+Inf" or "-Inf" or "NaN"
                || double.TryParse(
                    sample.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _), line);
        }
        Assert.Equal("histogram", types["rota_job_duration_seconds"]);
        Assert.Equal("counter", types["rota_job_attempts_total"]);
        Assert.Contains("rota_jobs{queue=\"talk\",state=\"succeeded\"} 1\n", text);
        Assert.Contains("rota_job_duration_seconds_count{kind=\"test.say\",outcome=\"succeeded\"} 1\n", text);
        Assert.Contains("http_server_request_duration_seconds_bucket{", text);
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:]\w*)(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})? (?<value>\S+)$""",
        RegexOptions.None, 1_000)]
    private static partial Regex SamplePattern { get; }
}
