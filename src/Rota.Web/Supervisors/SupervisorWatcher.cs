using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Events;
using Rota.Storage;
using Rota.Web.Console.Live;

namespace Rota.Web.Supervisors;

/// <summary>Looks at all supervisors of this node every two seconds: raises events of processes, tells open pages, and
/// measures what processes take.</summary>
/// <remarks>Supervisors are looked at side by side, so that one that is away delays the others by its time limit at
/// most. Looks take a tenth of the time at most, however many processes there are. Other nodes that were told of the
/// same supervisor look too, and raise their own events.</remarks>
internal sealed class SupervisorWatcher(SupervisorList supervisors, ProcessUsage usage, EventOperations events,
    Pulse pulse, TimeProvider clock, ILogger<SupervisorWatcher> log) : BackgroundService
{
    private const int ShareOfTime = 10, UntoldMax = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly List<NewEvent> _untold = [];
    private readonly Dictionary<string, string> _shown = [];
    private readonly ConcurrentDictionary<string, string> _away = []; // with why

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (supervisors.All.Count > 0 && !stoppingToken.IsCancellationRequested)
        {
            var began = clock.GetTimestamp();
            await Task.WhenAll(supervisors.All.Select(one => LookAsync(one, stoppingToken)));
            usage.Read(supervisors.All.Where(one => one.Client.IsLocal && one.Last is { Error: null })
                .SelectMany(one => one.Last!.Info!.Processes));
            await TellAsync(stoppingToken);
            var took = clock.GetElapsedTime(began);
            await Task.Delay(took * ShareOfTime > Pause ? took * ShareOfTime : Pause, clock, stoppingToken);
        }
    }

    private async Task LookAsync(WatchedSupervisor supervisor, CancellationToken stop)
    {
        var look = await supervisor.LookAsync(clock, stop);
        if (look.Error is { } error)
        {
            if (_away.TryAdd(supervisor.Name, error.Message))
                log.SupervisorAway(supervisor.Name, error.Message);
            return;
        }
        if (_away.TryRemove(supervisor.Name, out _))
            log.SupervisorBack(supervisor.Name);
        foreach (var change in supervisor.Watch.See(look.Info!.Processes, look.At!.Value))
            await NoteAsync(supervisor.Name, change, stop);
    }

    // What was so at the first look was perhaps told before this node started.
    private async Task NoteAsync(string supervisor, ProcessChange change, CancellationToken stop)
    {
        var source = ProcessAddress.Source(supervisor, change.Name);
        log.ProcessChanged(source, EventNames.Name(change.Type), change.Text);
        if (change.IsFirstSight && await NewestAsync(source, stop) == change.Type)
            return;
        lock (_untold)
        {
            if (_untold.Count < UntoldMax)
                _untold.Add(new NewEvent(change.Type, clock.GetUtcNow(), source) { Text = change.Text });
        }
    }

    private async Task<EventType?> NewestAsync(string source, CancellationToken stop)
    {
        try
        {
            return await events.ListAsync(new EventFilter(Source: source), before: null, limit: 1, stop)
                is [var newest, ..] ? newest.Type : null;
        }
        catch (StorageException error)
        {
            log.ProcessEventsWait(error.Message);
            return null;
        }
    }

    private async Task TellAsync(CancellationToken stop)
    {
        var isNew = false;
        foreach (var supervisor in supervisors.All)
        {
            var shown = Shown(supervisor.Last);
            isNew |= _shown.GetValueOrDefault(supervisor.Name) != shown;
            _shown[supervisor.Name] = shown;
        }
        if (isNew)
            pulse.Tell();
        if (_untold.Count == 0)
            return;
        try
        {
            await events.AppendAsync(_untold, stop);
            _untold.Clear();
        }
        catch (StorageException error)
        {
            log.ProcessEventsWait(error.Message);
        }
    }

    private static string Shown(Look? look) => $"{look?.Error?.Message} " + string.Join(' ',
        (look?.Info?.Processes ?? []).Select(process => $"{process.Name} {process.State} {process.Pid}"));
}

/// <summary>Every line about supervisors. Event ids 5100 to 5199; an id is never reused.</summary>
internal static partial class SupervisorLog
{
    [LoggerMessage(5101, LogLevel.Warning, "The supervisor {Supervisor} is away: {Why}")]
    public static partial void SupervisorAway(this ILogger log, string supervisor, string why);

    [LoggerMessage(5102, LogLevel.Information, "The supervisor {Supervisor} answers")]
    public static partial void SupervisorBack(this ILogger log, string supervisor);

    [LoggerMessage(5103, LogLevel.Warning, "Process {Process}: {Event}: {Text}")]
    public static partial void ProcessChanged(this ILogger log, string process, string @event, string text);

    [LoggerMessage(5104, LogLevel.Warning, "Events of processes could not be written, trying again in 2 s: {Why}")]
    public static partial void ProcessEventsWait(this ILogger log, string why);
}
