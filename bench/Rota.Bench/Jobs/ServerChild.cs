using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Rota.Bench;

/// <summary><c>rota serve</c> as a process of its own, with one plug-in: how soon it runs a job, how much memory it
/// holds, how soon a changed plug-in is in service.</summary>
internal sealed class ServerChild : IAsyncDisposable
{
    private static readonly TimeSpan IdleBefore = TimeSpan.FromSeconds(3);

    private readonly BenchFolder _folder = new(Path.GetTempPath());
    private readonly TcpListener _arrival = new(IPAddress.Loopback, port: 0);
    private readonly BenchStore _store;
    private ServeProcess _server = null!; // started at once
    private long _startTicks;

    private ServerChild(BenchStore store) => _store = store;

    /// <summary>Starts the server on a database in which one job waits. Plug-ins were compiled by an earlier start.
    /// </summary>
    public static async Task<ServerChild> StartAsync(BenchStores stores)
    {
        var child = new ServerChild(await stores.NewAsync());
        child._arrival.Start();
        child.WritePlugin(1);
        child.Start();
        await child.WhenServedAsync(1);
        await child._server.DisposeAsync();
        await using (var host = await BenchHost.StartAsync(child._store, works: false))
        {
            var request = JsonSerializer.SerializeToElement(new { url = child.ArrivalUrl });
            await host.Jobs.EnqueueAsync("http.request", request);
        }
        child.Start();
        return child;
    }

    private string ArrivalUrl => $"http://127.0.0.1:{((IPEndPoint)_arrival.LocalEndpoint).Port}/";

    private string Data => Path.Combine(_folder.Path, "data");

    private string Plugins => Path.Combine(_folder.Path, "plugins");

    private void Start()
    {
        _startTicks = Stopwatch.GetTimestamp();
        _server = new ServeProcess(_store, Data, Path.Combine(_store.Folder, "fernet.key"), ["--plugins", Plugins],
            ("ROTA_INTEGRATIONS__ALLOWEDHOSTS", "127.0.0.0/8"));
    }

    /// <summary>From the start of the process until the job's request arrives.</summary>
    public async Task<double> FirstJobMsAsync()
    {
        using var arrived = await _arrival.AcceptTcpClientAsync();
        return Stopwatch.GetElapsedTime(_startTicks).TotalMilliseconds;
    }

    public async Task<double> IdleRssMbAsync(bool isQuick)
    {
        if (!isQuick)
            await Task.Delay(IdleBefore);
        return _server.MemoryMb;
    }

    /// <summary>From the change of a plug-in's source until the server lists its new kind.</summary>
    public async Task<double> ReloadMsAsync()
    {
        await WhenServedAsync(1);
        var start = Stopwatch.GetTimestamp();
        WritePlugin(2);
        await WhenServedAsync(2);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private void WritePlugin(int version)
    {
        Directory.CreateDirectory(Plugins);
        File.WriteAllText(Path.Combine(Plugins, "bench.cs"), $$"""
            using Rota;

            [Job("bench.version{{version}}")]
            public sealed record Work;

            public sealed class WorkHandler : IJobHandler<Work>
            {
                public Task<JobResult> RunAsync(Work args, JobContext job, CancellationToken stop) =>
                    Task.FromResult(JobResult.Complete);
            }
            """);
    }

    private async Task WhenServedAsync(int version)
    {
        using var http = new HttpClient();
        while (true)
        {
            var plugins = await TryListAsync(http) ?? "";
            if (plugins.Contains($"bench.version{version}", StringComparison.Ordinal))
                return;
            await Task.Delay(5);
        }
    }

    private async Task<string?> TryListAsync(HttpClient http) =>
        await _server.FindAsync(http) is { } url ? await http.GetStringAsync(new Uri(url, "/api/v1/plugins")) : null;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _arrival.Dispose();
        await _store.DisposeAsync();
        _folder.Dispose();
    }
}
