using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Rota.Bench;

/// <summary><c>rota serve</c> on a filled database, asked over HTTP as users do.</summary>
internal sealed class ScaleServer : IAsyncDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(1);

    private readonly BenchFolder _folder = new(Path.GetTempPath());
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(1) };
    private readonly ServeProcess _server;
    private Uri? _api;

    private ScaleServer(BenchStore store, bool works) => _server = new ServeProcess(
        store, Path.Combine(_folder.Path, "data"), Path.Combine(_folder.Path, "fernet.key"), [],
        ("ROTA_WORKERS__ISENABLED", works ? "true" : "false"), ("ROTA_SHELL__ISENABLED", "true"));

    public Uri Url => new(_api!, "/");

    /// <summary>What the server keeps in memory.</summary>
    public double MemoryMb => _server.MemoryMb;

    public static async Task<ScaleServer> StartAsync(BenchStore store, bool works = false)
    {
        var server = new ScaleServer(store, works);
        var start = Stopwatch.GetTimestamp();
        Uri? url;
        while ((url = await server._server.FindAsync(server._http)) is null)
        {
            if (Stopwatch.GetElapsedTime(start) > StartMax)
            {
                await server.DisposeAsync();
                throw new InvalidOperationException("rota serve does not answer.");
            }
            await Task.Delay(20);
        }
        server._api = new Uri(url, "/api/v1/");
        return server;
    }

    /// <summary>Until the whole answer is read.</summary>
    /// <returns>The time, and how many items came; -1 where the server refused.</returns>
    public async Task<(double Ms, int Items)> AskAsync(string path)
    {
        var start = Stopwatch.GetTimestamp();
        using var answer = await _http.GetAsync(new Uri(_api!, path));
        var body = await answer.Content.ReadAsByteArrayAsync();
        var ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (!answer.IsSuccessStatusCode)
            return (ms, -1);
        using var json = JsonDocument.Parse(body);
        return (ms, json.RootElement.TryGetProperty("items", out var items) ? items.GetArrayLength() : 1);
    }

    public async Task PutScheduleAsync(int number)
    {
        using var body = Json("""
            {"trigger": {"cron": "0 0 1 1 *"}, "kind": "bench.noop", "args": {"number": 1, "asked_ticks": 0}}
            """);
        using var answer = await _http.PutAsync(new Uri(_api!, $"schedules/schedule-{number}"), body);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Enqueues one job and waits until it succeeded.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> RunJobAsync(string json)
    {
        var id = await EnqueueAsync(json);
        while (true)
        {
            using var job = JsonDocument.Parse(await _http.GetByteArrayAsync(new Uri(_api!, $"jobs/{id}")));
            switch (job.RootElement.GetProperty("state").GetString())
            {
                case "succeeded": return id;
                case "failed": throw new InvalidOperationException($"Job {id} failed: {job.RootElement}");
                default: await Task.Delay(20); break;
            }
        }
    }

    /// <returns>The new job's id.</returns>
    public async Task<string> EnqueueAsync(string json)
    {
        using var body = Json(json);
        using var answer = await _http.PostAsync(new Uri(_api!, "jobs"), body);
        answer.EnsureSuccessStatusCode();
        using var made = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
        return made.RootElement.GetProperty("id").ToString();
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }
}
