using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Rota.EndToEnd.Tests;

/// <summary>The built program as a process of its own, with a data folder of its own, on a free loopback
/// port.</summary>
public sealed class RotaProcess : IAsyncDisposable
{
    // Only a test that fails waits so long: it is no promise of how fast anything is.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly bool _ownsFolder;
    private Process? _process;

    public RotaProcess(string? folder = null, params (string Name, string Value)[] environment)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("rota-e2e-").FullName;
        Plugins = Path.Combine(Folder, "plugins");
        Directory.CreateDirectory(Plugins);
        Port = LoopbackPort.Free();
        _environment["ROTA_DATA"] = Data;
        _environment["ROTA_PLUGINS"] = Plugins;
        _environment["ROTA_URLS"] = Address;
        foreach (var (name, value) in environment)
            _environment[name] = value;
        Http = new HttpClient { BaseAddress = new Uri(Address + "/api/v1/"), Timeout = Patience };
    }

    public static string Program { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "Rota", "release", "rota.dll"));

    public static string Repository { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../.."));

    public string Folder { get; }

    public string Data => Path.Combine(Folder, "data");

    public string Plugins { get; }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    public HttpClient Http { get; }

    public int Pid => _process!.Id;

    /// <summary>All that the processes have printed so far.</summary>
    public IReadOnlyCollection<string> Output => [.. _lines];

    public IDictionary<string, string> Environment => _environment;

    /// <summary>The program that is started; another one than ours is of a later release.</summary>
    public string Runs { get; init; } = Program;

    /// <summary>What starts the program in namespaces of its own; empty for none.</summary>
    public IReadOnlyList<string> Container { get; set; } = [];

    /// <summary>Starts `rota serve` (or another verb) and returns when it is ready.</summary>
    public async Task<RotaProcess> StartAsync(string verb = "serve", CancellationToken stop = default)
    {
        Launch(verb);
        await WaitAsync(async () =>
        {
            if (_process!.HasExited)
            {
                throw new InvalidOperationException(
                    $"rota {verb} ended with {_process.ExitCode}:\n{string.Join('\n', _lines)}");
            }
            try
            {
                using var answer = await Http.GetAsync(new Uri(Address + "/readyz"), stop);
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, "the server is ready");
        var token = await File.ReadAllTextAsync(Path.Combine(Data, "local.token"), stop);
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return this;
    }

    /// <summary>Starts the program and does not wait for anything.</summary>
    public void Launch(string verb)
    {
        var start = Command([.. verb.Split(' ')]);
        _process = Process.Start(start)!;
        Collect(_process);
    }

    private void Collect(Process process)
    {
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private void Add(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }

    private ProcessStartInfo Command(IEnumerable<string> arguments)
    {
        string[] words = [.. Container, "dotnet", Runs, .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = Folder,
        };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        start.Environment["NO_COLOR"] = "1";
        return start;
    }

    /// <summary>Runs one command to its end.</summary>
    public async Task<(int Code, string Output, string Error)> RunAsync(string[] arguments, string? input = null)
    {
        using var process = Process.Start(Command(arguments))!;
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Waits until the process has ended by itself, and gives its exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>kill -9: nothing of the process runs after this.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and wait.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", Pid.ToString()]);
        await kill.WaitForExitAsync();
        return await WaitForExitAsync();
    }

    public async Task<JsonElement> GetAsync(string path) => await Http.GetFromJsonAsync<JsonElement>(path);

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var answer = await Http.PostAsJsonAsync(path, body);
        return await ReadAsync(answer);
    }

    public async Task<JsonElement> PutAsync(string path, object body)
    {
        using var answer = await Http.PutAsJsonAsync(path, body);
        return await ReadAsync(answer);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"{(int)answer.StatusCode}: {text}", inner: null, answer.StatusCode);
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }

    public async Task<long> EnqueueAsync(string kind, object args, object? options = null) =>
        (await PostAsync("jobs", new { kind, args, options = options ?? new { } })).GetProperty("id").GetInt64();

    /// <summary>Waits until a job has ended, and gives it.</summary>
    public async Task<JsonElement> EndOfAsync(long id)
    {
        JsonElement job = default;
        await WaitAsync(async () =>
        {
            job = await GetAsync($"jobs/{id}");
            return job.GetProperty("state").GetString() is "succeeded" or "failed" or "canceled";
        }, $"job {id} has ended");
        return job;
    }

    /// <summary>Waits for a condition in another process, which cannot signal: asks again until it is true.</summary>
    public static async Task WaitAsync(Func<Task<bool>> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"Within {Patience} it did not come true that {what}.");
            await timer.WaitForNextTickAsync();
        }
    }

    public static Task WaitAsync(Func<bool> condition, string what) =>
        WaitAsync(() => Task.FromResult(condition()), what);

    /// <summary>Deletes a folder into which children of a killed process may still write for a moment.</summary>
    public static Task DeleteAsync(string folder) => WaitAsync(() =>
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // A file came or went meanwhile.
        }
        return !Directory.Exists(folder);
    }, $"{folder} is deleted");

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        Http.Dispose();
        if (_ownsFolder)
            await DeleteAsync(Folder);
    }
}
