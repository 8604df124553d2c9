namespace Rota.Postgres;

/// <summary>The database's clock as this process knows it, so that all nodes agree on what is due although their own
/// clocks differ.</summary>
/// <remarks>Between two answers of the database the monotonic clock counts: a jump of this machine's wall clock moves
/// nothing, not even for the seconds until the next answer.</remarks>
internal sealed class DatabaseClock : TimeProvider
{
    // What clocks drift apart between two answers is not worth a step.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(10);

    private volatile Mark? _mark;
    private volatile Difference? _difference;

    private sealed record Mark(DateTimeOffset Now, long Ticks);

    private sealed record Difference(TimeSpan Value);

    /// <summary>How far this machine's wall clock was ahead of the database's at the last answer; null before the
    /// first.</summary>
    public TimeSpan? Offset => _difference?.Value;

    public override DateTimeOffset GetUtcNow() =>
        _mark is { } mark ? mark.Now + System.GetElapsedTime(mark.Ticks) : System.GetUtcNow();

    /// <summary>Learns from an answer. When it came, the database's clock showed what it says at least, and at most the
    /// way there and back more: what is known better than that stays.</summary>
    /// <param name="now">The database's clock.</param>
    /// <param name="askedTicks">Of the monotonic clock, when it was asked for.</param>
    public void Set(DateTimeOffset now, long askedTicks)
    {
        var ticks = System.GetTimestamp();
        var way = System.GetElapsedTime(askedTicks, ticks);
        var known = _mark is { } mark ? mark.Now + System.GetElapsedTime(mark.Ticks, ticks) : now + way / 2;
        if (_mark is null || known < now - Tolerance || known > now + way + Tolerance)
            _mark = new Mark(known < now ? now : known > now + way ? now + way : known, ticks);
        _difference = new Difference(System.GetUtcNow() - GetUtcNow());
    }
}
