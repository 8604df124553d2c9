namespace Rota.Supervisor.Processes;

/// <summary>Restarts a running process so long after its start, or daily at a time of the local clock. Lives on the
/// loop thread.</summary>
/// <remarks>Timers go by the monotonic clock, so it looks at the wall clock at least once a minute: it may be set.
/// </remarks>
internal sealed class TimedRestart(SupervisedProcess process, ProcessSurroundings around)
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly DateTimeOffset _start = around.Time.GetUtcNow();
    private LoopTimer? _next;

    public void Start()
    {
        var (every, at) = (process.Config.Life.RestartEverySeconds, process.Config.Life.RestartAt);
        TimeSpan? old = every is { } seconds
            ? TimeSpan.FromSeconds(seconds) - around.Time.GetElapsedTime(process.Memory.SpawnedAt)
            : null;
        TimeSpan? daily = at is { } time
            ? NextAt(_start, time, around.Time.LocalTimeZone) - around.Time.GetUtcNow()
            : null;
        if (old <= TimeSpan.Zero)
            process.Restart($"it has run for {every} seconds (restart_every_secs)");
        else if (daily <= TimeSpan.Zero)
            process.Restart($"it is {at:HH:mm} (restart_at)");
        else
            _next = around.Loop.After(new[] { old, daily, LongestSleep }.Min()!.Value, Start);
    }

    public void Close() => _next?.Cancel();

    /// <summary>The first moment after <paramref name="after"/> at which the clock of that zone shows this time. One
    /// that a change of the clock leaves out comes as much later as the clock was put forward.</summary>
    public static DateTimeOffset NextAt(DateTimeOffset after, TimeOnly at, TimeZoneInfo zone)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, zone).DateTime);
        var next = On(day, at, zone);
        return next > after ? next : On(day.AddDays(1), at, zone);
    }

    private static DateTimeOffset On(DateOnly day, TimeOnly at, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(at);
        return new(local, zone.GetUtcOffset(local));
    }
}
