using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Rota.Bench;

/// <summary>A worker process; it ends when its input ends.</summary>
internal sealed class FaultWorker : IDisposable
{
    public const string Name = "fault-worker";
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private FaultWorker(Process process, string node) => (_process, Node) = (process, node);

    public string Node { get; }

    /// <summary>What it logs, in the folder.</summary>
    public string Log => $"{Node}.log";

    /// <summary>Starts it and waits for nothing.</summary>
    public static FaultWorker Launch(
        string folder, string url, string node, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("sh", ["-c", "log=$1; shift; exec dotnet \"$@\" 2>>\"$log\"", "sh",
            Path.Combine(folder, $"{node}.log"), typeof(FaultWorker).Assembly.Location, Name, folder, url, node])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new FaultWorker(Process.Start(start)!, node);
    }

    /// <summary>Returns when it works.</summary>
    public async Task UpAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync() is not "up")
            throw new InvalidOperationException($"{Node} did not start; see its log.");
    }

    /// <summary>What runs in the process.</summary>
    public static async Task<int> RunAsync(string folder, string url, string node)
    {
        using var ledger = new FaultLedger(folder);
        await using var host = await BenchHost.StartAsync(new OpenedStore(folder, url), works: true, rota =>
        {
            rota.Services.AddSingleton(ledger);
            rota.Services.AddLogging(log => log.AddSimpleConsole(console => console.TimestampFormat = "HH:mm:ss.fff "));
            rota.AddHandler<FaultHandler>();
        }, node: node);
        Console.Out.WriteLine("up");
        await Console.In.ReadToEndAsync();
        return 0;
    }

    /// <summary>Signal 9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <param name="name"><c>STOP</c> or <c>CONT</c>.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Ends it as an operator does.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited)
            return;
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopMax);
        await _process.WaitForExitAsync(limit.Token);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        if (Directory.Exists(FakeClock.SharedMemory))
            FakeClock.CleanUp(_process.Id);
        _process.Dispose();
    }
}
