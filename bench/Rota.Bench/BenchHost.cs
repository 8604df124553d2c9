using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>A host that embeds Rota as any program does, over a database of its own.</summary>
internal sealed class BenchHost : IAsyncDisposable
{
    private readonly IHost _host;

    private BenchHost(IHost host) => _host = host;

    public IJobClient Jobs => _host.Services.GetRequiredService<IJobClient>();

    public Arrivals Arrivals => Get<Arrivals>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public static async Task<BenchHost> StartAsync(
        BenchStore store, bool works, Action<RotaBuilder>? add = null, TimeSpan? drain = null, string? node = null,
        Action<Arrivals>? started = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton<Arrivals>();
        var rota = builder.Services.AddRota(options =>
        {
            store.Use(options);
            options.KeyPath = Path.Combine(store.Folder, "fernet.key");
            options.Workers.IsEnabled = works;
            options.Workers.Node = node ?? options.Workers.Node;
            options.Workers.Drain = drain ?? options.Workers.Drain;
        });
        rota.AddHandler<NoopHandler>();
        add?.Invoke(rota);
        var host = builder.Build();
        started?.Invoke(host.Services.GetRequiredService<Arrivals>());
        await host.StartAsync();
        return new BenchHost(host);
    }

    /// <summary>Holds the queue back, so that it can be filled, or lets it go.</summary>
    public Task SetPausedAsync(bool isPaused) => _host.Services.GetRequiredService<IQueueStore>()
        .SetPausedAsync(JobOptions.DefaultQueue, isPaused, CancellationToken.None);

    public async Task FillAsync(int count)
    {
        const int Batch = 10_000;
        for (var left = count; left > 0; left -= Batch)
            await Jobs.EnqueueManyAsync(Noop.Many(Math.Min(left, Batch)));
    }

    /// <summary>Returns when no job is queued or running any more, so that every outcome is stored.</summary>
    public async Task WaitUntilEndedAsync()
    {
        var store = _host.Services.GetRequiredService<IJobStore>();
        while ((await store.CountAsync(CancellationToken.None)).Any(IsOpen))
            await Task.Delay(1);

        static bool IsOpen(JobCount count) => count is { Count: > 0, State: JobState.Queued or JobState.Running };
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
