using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Rota.Bench;

/// <summary><c>rota serve</c> on a filled database, without a worker, asked over HTTP as users do.</summary>
internal sealed class ScaleServer : IAsyncDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(1);

    private readonly BenchFolder _folder = new(Path.GetTempPath());
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(1) };
    private readonly Process _server;
    private Uri? _api;

    private ScaleServer(BenchStore store)
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Rota/release/rota.dll"));
        var start = new ProcessStartInfo("dotnet", [program, "serve", "--data", Data, "--port", "0"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ROTA_DATABASE"] = store.Url;
        start.Environment["ROTA_FERNET_KEY_PATH"] = Path.Combine(_folder.Path, "fernet.key");
        start.Environment["ROTA_ADMIN_PASSWORD"] = "only-for-the-bench";
        start.Environment["ROTA_WORKERS__ISENABLED"] = "false";
        _server = Process.Start(start)!;
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
    }

    private string Data => Path.Combine(_folder.Path, "data");

    public static async Task<ScaleServer> StartAsync(BenchStore store)
    {
        var server = new ScaleServer(store);
        var start = Stopwatch.GetTimestamp();
        while (!await server.TryConnectAsync())
        {
            if (server._server.HasExited || Stopwatch.GetElapsedTime(start) > StartMax)
            {
                await server.DisposeAsync();
                throw new InvalidOperationException("rota serve does not answer.");
            }
            await Task.Delay(20);
        }
        return server;
    }

    private async Task<bool> TryConnectAsync()
    {
        try
        {
            var address = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(Data, "server.json")));
            var token = await File.ReadAllTextAsync(Path.Combine(Data, "local.token"));
            var url = new Uri(address.GetProperty("url").GetString()!);
            using var answer = await _http.GetAsync(new Uri(url, "/readyz"));
            _api = new Uri(url, "/api/v1/");
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is IOException or HttpRequestException or JsonException)
        {
            return false; // not there yet
        }
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
        using var body = new StringContent("""
            {"trigger": {"cron": "0 0 1 1 *"}, "kind": "bench.noop", "args": {"number": 1, "asked_ticks": 0}}
            """, Encoding.UTF8, "application/json");
        using var answer = await _http.PutAsync(new Uri(_api!, $"schedules/schedule-{number}"), body);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _server.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }
}
