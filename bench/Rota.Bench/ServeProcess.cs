using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Rota.Bench;

/// <summary><c>rota serve</c> as a process of its own, on a free port; killed when it is disposed of.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    /// <summary>Of the user <c>admin</c>.</summary>
    public const string Password = "only-for-the-bench";

    private readonly Process _process;
    private readonly string _data;

    /// <param name="data">Its data folder.</param>
    /// <param name="keyPath">Made at the first start.</param>
    public ServeProcess(
        BenchStore store, string data, string keyPath, string[] options, params (string Name, string Value)[] settings)
    {
        _data = data;
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Rota/release/rota.dll"));
        var start = new ProcessStartInfo("dotnet", [program, "serve", "--data", data, "--port", "0", .. options])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ROTA_DATABASE"] = store.Url;
        start.Environment["ROTA_FERNET_KEY_PATH"] = keyPath;
        start.Environment["ROTA_ADMIN_PASSWORD"] = Password;
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public double MemoryMb
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1_048_576.0;
        }
    }

    /// <summary>Signs a client in, as the command line does.</summary>
    /// <returns>Where the server listens; null while it does not yet.</returns>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public async Task<Uri?> FindAsync(HttpClient http)
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"rota serve ended with {_process.ExitCode}.");
        try
        {
            var address = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(_data, "server.json")));
            var token = await File.ReadAllTextAsync(Path.Combine(_data, "local.token"));
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
            var url = new Uri(address.GetProperty("url").GetString()!);
            using var answer = await http.GetAsync(new Uri(url, "/readyz"));
            return answer.IsSuccessStatusCode ? url : null;
        }
        catch (Exception error) when (error is IOException or HttpRequestException or JsonException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
