using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;
using Rota.Workers;

namespace Rota.Nodes;

/// <summary>Says every few seconds that this node lives, and takes its row away when it stops cleanly.</summary>
/// <remarks>The answer to a beat says whether the node is drained. A beat that the store refuses is left out: the next
/// one says the same. The row of a process that died stays, grows old, and goes at its next start or after a week.
/// Another process of the same name is logged once.</remarks>
internal sealed class NodeHeart(
    INodeStore store, IEventStore events, Worker worker, AttemptServices services, IHostApplicationLifetime lifetime,
    ILogger<NodeHeart> log)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private static readonly string Version = typeof(NodeHeart).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    private readonly DateTimeOffset _startedAt = services.Clock.GetUtcNow();
    private readonly string _process = Guid.NewGuid().ToString("N");
    private readonly HashSet<string> _known = [];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(() => TellAsync(EventType.NodeStarted));
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Beats once more as soon as the node begins to drain, so that nobody waits for it.
        using var draining = CancellationTokenSource.CreateLinkedTokenSource(
            stoppingToken, lifetime.ApplicationStopping);
        while (!stoppingToken.IsCancellationRequested)
        {
            await TryAsync(async () =>
            {
                worker.Hold(await store.BeatAsync(Beat(), services.Clock.GetUtcNow(), stoppingToken));
                await TellTwinsAsync(stoppingToken);
            });
            var until = draining.IsCancellationRequested ? stoppingToken : draining.Token;
            await Task.Delay(Pause, services.Clock, until).ContinueWith(_ => { }, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task TellTwinsAsync(CancellationToken stop)
    {
        var nodes = await store.ListAsync(stop);
        foreach (var other in NodeTwins.Of(nodes.Where(node => node.Name == services.Options.Node),
            services.Clock.GetUtcNow()).SelectMany(twins => twins))
        {
            if (other.Process != _process && _known.Add(other.Process))
                log.NameIsShared(other.Name, other.Pid, other.Host);
        }
    }

    private NodeBeat Beat() => new()
    {
        Name = services.Options.Node,
        Process = _process,
        Host = Environment.MachineName,
        Pid = Environment.ProcessId,
        Version = Version,
        StartedAt = _startedAt,
        Slots = services.Options.IsEnabled ? services.Options.Concurrency : 0,
        Running = worker.RunningCount,
        IsStopping = lifetime.ApplicationStopping.IsCancellationRequested,
        Queues = [.. services.Options.Queues],
    };

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(() => store.RemoveAsync(services.Options.Node, _process, CancellationToken.None));
        await TryAsync(() => TellAsync(EventType.NodeStopped));
    }

    private Task TellAsync(EventType type) => events.AppendAsync(
        [new NewEvent(type, services.Clock.GetUtcNow(), services.Options.Node)], CancellationToken.None);

    private async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (StorageException error)
        {
            log.BeatFailed(error.Why());
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }
}

/// <summary>Every line of the node slice. Event ids 5000 to 5099; an id is never reused.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(5001, LogLevel.Warning, "This node's heartbeat could not be written, trying again in 5 s: {Why}")]
    public static partial void BeatFailed(this ILogger log, string why);

    [LoggerMessage(5002, LogLevel.Warning, "Process {Pid} on {Host} is named {Node} too: a node's queue and its jobs "
        + "cannot be told apart; give each a name of its own with --node or ROTA_WORKERS__NODE")]
    public static partial void NameIsShared(this ILogger log, string node, int pid, string host);
}
