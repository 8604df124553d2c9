namespace Rota.Postgres;

/// <summary>The database's clock as this process knows it, so that all nodes agree on what is due although their own
/// clocks differ.</summary>
/// <remarks>Between two answers of the database the monotonic clock counts: a jump of this machine's wall clock moves
/// nothing, not even for the seconds until the next answer.</remarks>
internal sealed class DatabaseClock : TimeProvider
{
    // Smaller differences are the way to the database and back.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);

    // An answer that took longer says too little: this process may have been stopped while it was on its way.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(1);

    private volatile Mark? _mark;
    private volatile Difference? _difference;

    private sealed record Mark(DateTimeOffset Now, long Ticks);

    private sealed record Difference(TimeSpan Value);

    /// <summary>How far this machine's wall clock was ahead of the database's at the last answer, to half of the way
    /// there and back; null before the first.</summary>
    public TimeSpan? Offset => _difference?.Value;

    public override DateTimeOffset GetUtcNow() =>
        _mark is { } mark ? mark.Now + System.GetElapsedTime(mark.Ticks) : System.GetUtcNow();

    /// <param name="now">The database's clock.</param>
    /// <param name="askedTicks">Of the monotonic clock, when it was asked for.</param>
    public void Set(DateTimeOffset now, long askedTicks)
    {
        var ticks = System.GetTimestamp();
        var way = System.GetElapsedTime(askedTicks, ticks);
        var isCertain = way < AnswerMax;
        if (_difference is null || isCertain)
            _difference = new Difference(System.GetUtcNow() - way / 2 - now);
        if (_mark is null || (isCertain && (now - GetUtcNow()).Duration() > Tolerance))
            _mark = new Mark(now, ticks);
    }
}
