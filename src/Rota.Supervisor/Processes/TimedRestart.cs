namespace Rota.Supervisor.Processes;

/// <summary>Restarts a running process so long after its start, or when a clock shows a certain time; at once, or with
/// `restart_rolling` when it is its turn in the group. Lives on the loop thread.</summary>
/// <remarks>Timers go by the monotonic clock, so it looks at the wall clock at least once a minute: it may be set.
/// </remarks>
internal sealed class TimedRestart(SupervisedProcess process, GroupRoll roll, ProcessSurroundings around)
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    // What was before these is over: done, or given up with its roll.
    private DateTimeOffset _seen = around.Time.GetUtcNow();
    private long _since = process.Memory.SpawnedAt;
    private LoopTimer? _next;

    public void Start()
    {
        // Of the daemon's program before an upgrade.
        if (process.Memory.TurnReason is { } reason)
            roll.RestartInTurn(process, reason);
        Look();
    }

    public void Close() => _next?.Cancel();

    private void Look()
    {
        var dates = Dates().ToList();
        var due = dates.Find(date => date.Left <= TimeSpan.Zero).Reason;
        if (due is not null && !process.Config.Life.RestartRolling)
        {
            process.Restart(due);
            return;
        }
        if (due is not null)
        {
            (_seen, _since) = (around.Time.GetUtcNow(), around.Time.GetTimestamp());
            roll.RestartInTurn(process, due);
            dates = [.. Dates()];
        }
        _next = around.Loop.After(dates.Select(date => date.Left).Append(LongestSleep).Min(), Look);
    }

    /// <summary>How long it is until each next restart; not above zero: it is due.</summary>
    private IEnumerable<(TimeSpan Left, string Reason)> Dates()
    {
        var life = process.Config.Life;
        if (life.RestartEverySeconds is { } seconds)
        {
            yield return (TimeSpan.FromSeconds(seconds) - around.Time.GetElapsedTime(_since),
                $"it has run for {seconds} seconds (restart_every_secs)");
        }
        foreach (var time in life.RestartTimes)
        {
            if (time.Next(_seen, process.FullName, around.Time.LocalTimeZone) is { } next)
                yield return (next - around.Time.GetUtcNow(), time.Reason);
        }
    }
}
