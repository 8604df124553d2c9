using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Events;

/// <summary>Tells the listeners of this process what happens.</summary>
internal sealed class EventPump(IEventStore store, IEnumerable<IEventListener> listeners,
    IEnumerable<ListenerMask> masks, TimeProvider clock, ILogger<EventPump> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200), RetryPause = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<(IEventListener Listener, IReadOnlySet<EventType>? Types)> _listeners =
        [.. listeners.Select(listener => (listener, ListenerMask.Of(listener, masks)))];

    private EventFollower? _follower;

    /// <summary>What happens once the host has started is heard of, so the place is noted before.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FollowAsync(cancellationToken);
        }
        catch (StorageException error)
        {
            log.ReadFailed(error.Why());
        }
        await base.StartAsync(cancellationToken);
    }

    private async Task<EventFollower?> FollowAsync(CancellationToken stop) =>
        _listeners.Count == 0 ? null : _follower ??= new EventFollower(store, clock, await store.LastIdAsync(stop));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Pause;
            try
            {
                if (await FollowAsync(stoppingToken) is not { } follower)
                    return;
                foreach (var one in await follower.ReadAsync(stoppingToken))
                    await TellAsync(one, stoppingToken);
            }
            catch (StorageException error)
            {
                log.ReadFailed(error.Why());
                pause = RetryPause;
            }
            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    private async Task TellAsync(RotaEvent one, CancellationToken stop)
    {
        foreach (var (listener, _) in _listeners.Where(each => each.Types?.Contains(one.Type) != false))
        {
            try
            {
                await listener.OnEventAsync(one, stop);
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                log.ListenerFailed(error, listener.GetType(), one.Id, one.Type);
            }
        }
    }
}

/// <summary>What a listener class is told of.</summary>
/// <param name="Types">Empty: everything.</param>
internal sealed record ListenerMask(Type Listener, IReadOnlyList<EventType> Types)
{
    /// <summary>All that the masks of its class name; null for everything, also where the host registered it by
    /// itself, without a mask.</summary>
    public static IReadOnlySet<EventType>? Of(IEventListener listener, IEnumerable<ListenerMask> masks)
    {
        var own = masks.Where(mask => mask.Listener == listener.GetType()).ToList();
        return own.Count == 0 || own.Exists(mask => mask.Types.Count == 0)
            ? null
            : own.SelectMany(mask => mask.Types).ToHashSet();
    }
}

/// <summary>Every line of the events. Event ids 6000 to 6099; an id is never reused.</summary>
internal static partial class EventLog
{
    [LoggerMessage(6001, LogLevel.Warning, "Events could not be read, trying again in 5 s: {Why}")]
    public static partial void ReadFailed(this ILogger log, string why);

    [LoggerMessage(6002, LogLevel.Error, "Listener {Listener} threw at event {EventId} ({EventType})")]
    public static partial void ListenerFailed(
        this ILogger log, Exception error, Type listener, long eventId, EventType eventType);

    [LoggerMessage(6003, LogLevel.Warning, "Events could not be sent on, trying again in 5 s: {Why}")]
    public static partial void SendFailed(this ILogger log, string why);
}
