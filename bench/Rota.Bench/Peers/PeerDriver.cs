using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Rota.Bench;

/// <summary>A driver at work: it says <c>ready</c>, waits for a line, works, and says <c>done</c>; it ends with its
/// input.</summary>
internal sealed class PeerDriver : IAsyncDisposable
{
    private static readonly TimeSpan StepMax = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(10);

    private readonly Peer _peer;
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private PeerDriver(Peer peer, Process process)
    {
        (_peer, _process) = (peer, process);
        _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>What it said when it was ready.</summary>
    public JsonElement Ready { get; private set; }

    /// <summary>Returns when the driver is ready.</summary>
    public static async Task<PeerDriver> StartAsync(Peer peer, string command, int count, string address)
    {
        var driver = Start(peer, command, count, address);
        driver.Ready = await driver.ExpectAsync("ready");
        return driver;
    }

    /// <summary>Makes the peer's tables.</summary>
    public static async Task InitAsync(Peer peer, string address)
    {
        await using var driver = Start(peer, "init", 0, address);
        using var limit = new CancellationTokenSource(StepMax);
        await driver._process.WaitForExitAsync(limit.Token);
        if (driver._process.ExitCode != 0)
            throw driver.Failed("did not make its tables");
    }

    private static PeerDriver Start(Peer peer, string command, int count, string address)
    {
        var start = new ProcessStartInfo(peer.Driver[0], [.. peer.Driver[1..], command, $"{count}", address])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = Path.Combine(PeerFolders.Node, "node_modules");
        return new PeerDriver(peer, Process.Start(start)!);
    }

    /// <summary>Lets it begin.</summary>
    public async Task GoAsync()
    {
        await _process.StandardInput.WriteLineAsync("go");
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The next thing it says, which must be this. What a program writes for people is passed over.</summary>
    public async Task<JsonElement> ExpectAsync(string name)
    {
        using var limit = new CancellationTokenSource(StepMax);
        try
        {
            while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
                if (line.StartsWith("""{"event":""", StringComparison.Ordinal))
                {
                    var said = JsonElement.Parse(line);
                    return said.GetProperty("event").GetString() == name ? said
                        : throw Failed($"said {line}, not {name}");
                }
            throw Failed($"ended before it said {name}");
        }
        catch (OperationCanceledException)
        {
            throw Failed($"did not say {name} within {StepMax.TotalMinutes} minutes");
        }
    }

    private PeerException Failed(string what) => new($"{_peer.Name} {what}. {_errors}".TrimEnd());

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            using var limit = new CancellationTokenSource(EndMax);
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }
}

/// <summary>A peer could not be measured; the others go on.</summary>
internal sealed class PeerException(string message) : Exception(message);
