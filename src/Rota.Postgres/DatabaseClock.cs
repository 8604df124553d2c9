namespace Rota.Postgres;

/// <summary>The database's clock as this process knows it, so that all nodes agree on what is due although their own
/// clocks differ.</summary>
internal sealed class DatabaseClock : TimeProvider
{
    // Smaller differences are the way to the database and back.
    private static readonly long ToleranceTicks = TimeSpan.FromMilliseconds(100).Ticks;

    private long _offsetTicks;

    /// <summary>How far this machine's clock is behind the database's.</summary>
    public TimeSpan Offset => new(Volatile.Read(ref _offsetTicks));

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    /// <param name="now">The database's clock, just asked for.</param>
    public void Set(DateTimeOffset now)
    {
        var offset = now - System.GetUtcNow();
        if (Math.Abs((offset - Offset).Ticks) > ToleranceTicks)
            Volatile.Write(ref _offsetTicks, offset.Ticks);
    }
}
