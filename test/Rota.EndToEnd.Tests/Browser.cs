using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;

namespace Rota.EndToEnd.Tests;

/// <summary>One page of a real Chromium without a window, driven by its DevTools protocol.</summary>
public sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private const string Listening = "DevTools listening on ";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("rota-browser-").FullName;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _asked = [];
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly SemaphoreSlim _sending = new(1);
    private Process? _process;
    private Task _reading = Task.CompletedTask;
    private int _last;

    public static bool IsInstalled => File.Exists(Program);

    /// <summary>Errors and warnings that the console would show since the start: of scripts, of the network, of the
    /// content security policy.</summary>
    public IReadOnlyCollection<string> Complaints => [.. _complaints];

    public async Task<Browser> StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["--headless=new", "--remote-debugging-port=0",
            "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            $"--user-data-dir={_folder}", "about:blank"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["HOME"] = _folder },
        })!;
        var browser = await AddressAsync(_process);
        using var http = new HttpClient();
        var pages = await http.GetStringAsync(new Uri($"http://{browser.Authority}/json/list"));
        var page = JsonElement.Parse(pages).EnumerateArray().First(one => one.GetProperty("type").ValueEquals("page"));
        await _socket.ConnectAsync(
            new Uri(page.GetProperty("webSocketDebuggerUrl").GetString()!), CancellationToken.None);
        _reading = ReadAsync();
        foreach (var domain in (string[])["Page", "Log", "Runtime"])
            await AskAsync($"{domain}.enable", new { });
        return this;
    }

    private static async Task<Uri> AddressAsync(Process process)
    {
        using var limit = new CancellationTokenSource(Deadline);
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith(Listening, StringComparison.Ordinal))
            {
                _ = process.StandardError.ReadToEndAsync(CancellationToken.None); // so that it never blocks
                return new Uri(line[Listening.Length..]);
            }
        }
        throw new InvalidOperationException("Chromium ended before it listened.");
    }

    public async Task GoAsync(string address) => await AskAsync("Page.navigate", new { url = address });

    /// <summary>The value of an expression in the page; a promise is awaited.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        var answer = await AskAsync(
            "Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true, userGesture = true });
        return answer.TryGetProperty("exceptionDetails", out var error)
            ? throw new InvalidOperationException($"{expression}: {error}")
            : answer.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    /// <summary>Asks the page until an expression is true; while a page is loaded it may fail.</summary>
    public Task WaitAsync(string expression) => RotaProcess.WaitAsync(async () =>
    {
        try
        {
            return (await EvaluateAsync(expression)).ValueKind == JsonValueKind.True;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }, $"the page says {expression}; the console says: {string.Join('\n', Complaints)}");

    private async Task<JsonElement> AskAsync(string method, object values)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        var message = JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = values });
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
        return await answer.Task.WaitAsync(Deadline);
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[65_536];
        using var message = new MemoryStream();
        while (_socket.State == WebSocketState.Open)
        {
            var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            message.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage)
                continue;
            if (message.Length > 0)
                Take(JsonElement.Parse(message.GetBuffer().AsSpan(0, (int)message.Length)));
            message.SetLength(0);
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out var id) && _asked.TryRemove(id.GetInt32(), out var asked))
        {
            if (message.TryGetProperty("error", out var error))
                asked.SetException(new InvalidOperationException(error.GetRawText()));
            else
                asked.SetResult(message.GetProperty("result"));
            return;
        }
        var told = message.GetProperty("params");
        var isComplaint = message.GetProperty("method").GetString() switch
        {
            "Log.entryAdded" => told.GetProperty("entry").GetProperty("level").GetString() is "error" or "warning",
            "Runtime.consoleAPICalled" => told.GetProperty("type").GetString() is "error" or "warning" or "assert",
            "Runtime.exceptionThrown" => true,
            _ => false,
        };
        if (isComplaint)
            _complaints.Enqueue(told.GetRawText());
    }

    public async ValueTask DisposeAsync()
    {
        _process?.Kill(entireProcessTree: true);
        if (_process is not null)
            await _process.WaitForExitAsync();
        _process?.Dispose();
        await _reading.ContinueWith(_ => { }, TaskScheduler.Default); // it ends by the lost connection
        _socket.Dispose();
        _sending.Dispose();
        await RotaProcess.DeleteAsync(_folder);
    }
}
